/** The presets by name. */
import type { PresetName } from '../contract/import/preset-names.js';
import { aspnet } from './aspnet.js';
import { auth0 } from './auth0.js';
import { clerk } from './clerk.js';
import { cognito } from './cognito.js';
import { django } from './django.js';
import { entra } from './entra.js';
import { firebase } from './firebase.js';
import { googleWorkspace } from './google-workspace.js';
import { keycloak } from './keycloak.js';
import { moodle } from './moodle.js';
import { okta } from './okta.js';
import type { Preset } from './preset.js';
import { supabase } from './supabase.js';
import { wordpress } from './wordpress.js';

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  ...{ auth0, okta, cognito, firebase, keycloak, clerk, supabase, wordpress, django, aspnet },
  ...{ 'google-workspace': googleWorkspace, entra, moodle },
};
