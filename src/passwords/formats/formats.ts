/** The formats, each in its file. */
import type { HashFormat } from './converted.js';
import { aspnetFormat } from './aspnet.js';
import { clerkFormat } from './clerk.js';
import { cryptFormat } from './crypt.js';
import { hmacFormat, pbkdf2Format, scryptFormat } from './derived.js';
import { digestFormat } from './digests.js';
import { djangoFormat } from './django.js';
import { firebaseFormat, supabaseFormat } from './firebase.js';
import { googleWorkspaceFormat } from './google-workspace.js';
import { keycloakFormat } from './keycloak.js';
import { ldapFormat } from './ldap.js';
import { passlibFormat } from './passlib.js';
import { springFormat } from './spring.js';
import { werkzeugFormat } from './werkzeug.js';
import { wordpressFormat } from './wordpress.js';

const formats = {
  aspnet: aspnetFormat,
  clerk: clerkFormat,
  crypt: cryptFormat,
  django: djangoFormat,
  firebase: firebaseFormat,
  'google-workspace': googleWorkspaceFormat,
  hmac: hmacFormat,
  keycloak: keycloakFormat,
  ldap: ldapFormat,
  md5: digestFormat('md5'),
  passlib: passlibFormat,
  pbkdf2: pbkdf2Format,
  scrypt: scryptFormat,
  sha1: digestFormat('sha1'),
  sha256: digestFormat('sha256'),
  sha512: digestFormat('sha512'),
  spring: springFormat,
  supabase: supabaseFormat,
  werkzeug: werkzeugFormat,
  wordpress: wordpressFormat,
} satisfies Record<string, HashFormat>;

export type HashFormatName = keyof typeof formats;

/** By their names in targets: `password_hash.<name>`. */
export const HASH_FORMATS: Readonly<Record<HashFormatName, HashFormat>> = formats;

export function isHashFormat(name: string): name is HashFormatName {
  return Object.hasOwn(HASH_FORMATS, name);
}
