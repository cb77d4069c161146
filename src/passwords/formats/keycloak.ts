/** Keycloak's credentials of type `password`. */
import { pbkdf2 } from './build.js';
import type { Converted, HashFormat, Parts } from './converted.js';
import { countOf, fromBase64, toRawBase64 } from './encodings.js';
import { noSuchPbkdf2 } from './derived.js';
import { cannotCheck } from './unsupported.js';

export const keycloakFormat: HashFormat = {
  about:
    'Keycloak: a credential as JSON; or its two JSON texts in columns; or their values in columns',
  parts: {
    credential_data: { about: '`credentialData`, a JSON text' },
    secret_data: { about: '`secretData`, a JSON text', secret: true },
    algorithm: { about: '`pbkdf2`, `pbkdf2-sha256`, `pbkdf2-sha512`, `argon2`' },
    iterations: { about: '`hashIterations`' },
    salt: { about: '`salt`, base64', secret: true },
    value: { about: '`value`, base64', secret: true },
    parameters: { about: '`additionalParameters`, a JSON text' },
  },
  carriers: ['hash', 'secret_data', 'value'],
  convert: convertKeycloak,
};

const ALGORITHMS: Readonly<Record<string, string>> = {
  pbkdf2: 'sha1',
  'pbkdf2-sha256': 'sha256',
  'pbkdf2-sha512': 'sha512',
};

function convertKeycloak(parts: Parts): Converted {
  const credential = parts['hash'] === undefined ? {} : jsonObject(parts['hash']);
  const data = jsonObject(credential?.['credentialData'] ?? parts['credential_data'] ?? {});
  const secret = jsonObject(credential?.['secretData'] ?? parts['secret_data'] ?? {});
  const more = jsonObject(data?.['additionalParameters'] ?? parts['parameters'] ?? {});
  if (!credential || !data || !secret || !more) {
    return { problem: 'is not a JSON object where Keycloak writes one' };
  }
  if ('type' in credential && credential['type'] !== 'password') {
    return { problem: 'is a credential of another type than password' };
  }
  const read = (from: Record<string, unknown>, key: string, part: string) =>
    textOf(from[key]) ?? parts[part];
  const salt = fromBase64(read(secret, 'salt', 'salt') ?? '');
  const value = fromBase64(read(secret, 'value', 'value') ?? '');
  if (!salt || !value) return { problem: 'has no value and salt in base64' };
  const iterations = countOf(read(data, 'hashIterations', 'iterations'));
  if (iterations === undefined) return { problem: 'has no number as its hashIterations' };

  const algorithm = read(data, 'algorithm', 'algorithm');
  if (algorithm === 'argon2') return ofArgon2(iterations, salt, value, more);
  if (algorithm === undefined) return { problem: 'names no algorithm' };
  return Object.hasOwn(ALGORITHMS, algorithm)
    ? { hash: pbkdf2(ALGORITHMS[algorithm]!, iterations, salt, value) }
    : { unsupported: algorithm.startsWith('pbkdf2') ? noSuchPbkdf2 : foreignAlgorithm };
}

const foreignAlgorithm = cannotCheck("of an algorithm that is none of Keycloak's own");

const ARGON2_TYPES: Readonly<Record<string, string>> = { id: 'argon2id', i: 'argon2i' };

function ofArgon2(
  iterations: number,
  salt: Buffer,
  value: Buffer,
  parameters: Record<string, unknown>,
): Converted {
  const read = (key: string) => textOf([parameters[key]].flat()[0]);
  const [memory, lanes] = [countOf(read('memory')), countOf(read('parallelism'))];
  const [type, version] = [read('type'), read('version')];
  if (memory === undefined || lanes === undefined || type === undefined || version === undefined) {
    return { problem: 'has not all parameters of argon2: type, version, memory, parallelism' };
  }
  if (type === 'd') return { unsupported: cannotCheck('argon2d') };
  if (version !== '1.3') return { unsupported: cannotCheck('argon2 of another version than 1.3') };
  const name = ARGON2_TYPES[type];
  if (name === undefined) return { problem: 'has a type of argon2 that is not known' };
  const cost = `m=${memory},t=${iterations},p=${lanes}`;
  return { hash: `$${name}$v=19$${cost}$${toRawBase64(salt)}$${toRawBase64(value)}` };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** An object, or the JSON text of one. */
function jsonObject(value: unknown): Record<string, unknown> | undefined {
  const read = typeof value === 'string' ? parsed(value) : value;
  return typeof read === 'object' && read !== null && !Array.isArray(read)
    ? (read as Record<string, unknown>)
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
