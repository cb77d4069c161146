/** Where presets send what nearly every product knows of a person: to the trait by its usual names, else to metadata. */

export const EMAIL = ['traits.email'];

export const FIRST_NAME = [
  ...['traits.first_name', 'traits.name.first', 'traits.given_name', 'traits.firstName'],
  'metadata_public.first_name',
];

export const LAST_NAME = [
  ...['traits.last_name', 'traits.name.last', 'traits.family_name', 'traits.lastName'],
  'metadata_public.last_name',
];

export const NAME = [
  ...['traits.name', 'traits.display_name', 'traits.full_name', 'traits.displayName'],
  'metadata_public.name',
];

export const USERNAME = ['traits.username', 'traits.user_name', 'metadata_public.username'];

export const PHONE = [
  ...['traits.phone', 'traits.phone_number', 'traits.mobile', 'traits.mobile_phone'],
  'metadata_public.phone',
];

export const PICTURE = ['traits.picture', 'traits.avatar', 'metadata_public.picture'];

export const LOCALE = ['traits.locale', 'metadata_public.locale'];

export const CREATED_AT = ['metadata_admin.created_at'];

export const IGNORED = ['ignore'];

/** The same for each of several columns. */
export function all(names: string[], targets: string[]): Record<string, string[]> {
  return Object.fromEntries(names.map((name) => [name, targets]));
}

/** Each to the metadata that only admins see, under its own name or the one that is given. */
export function forAdmins(
  ...names: (string | [name: string, key: string])[]
): Record<string, string[]> {
  return Object.fromEntries(
    names.map((name) => {
      const [column, key] = typeof name === 'string' ? [name, name] : name;
      return [column, [`metadata_admin.${key}`]];
    }),
  );
}

/** Words for yes and no, in a column that says whether the user may sign in. */
export const ENABLED = words('active', 'inactive');

/** The same where it says whether the user may not. */
export const DISABLED = words('inactive', 'active');

function words(yes: string, no: string): Record<string, string> {
  return {
    ...{ true: yes, t: yes, yes, y: yes, 1: yes },
    ...{ false: no, f: no, no, n: no, 0: no },
  };
}
