/** The products whose exports are converted. */
import type { Source } from './source.js';
import { auth0 } from './sources/auth0.js';
import { cognito } from './sources/cognito.js';
import { firebase } from './sources/firebase.js';
import { keycloak } from './sources/keycloak.js';
import { okta } from './sources/okta.js';
import { supabase } from './sources/supabase.js';

export const SOURCES = {
  auth0,
  cognito,
  firebase,
  keycloak,
  okta,
  supabase,
} as const satisfies Record<string, Source>;

export type SourceName = keyof typeof SOURCES;
