/** The products whose exports are known: what `from` may be. */
export const PRESET_NAMES = [
  'auth0',
  'okta',
  'cognito',
  'firebase',
  'keycloak',
  'clerk',
  'supabase',
  'wordpress',
  'django',
  'aspnet',
  'google-workspace',
  'entra',
  'moodle',
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export function isPresetName(text: string): text is PresetName {
  return PRESET_NAMES.some((name) => name === text);
}
