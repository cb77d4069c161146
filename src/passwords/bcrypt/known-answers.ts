/** Hashes that are known beforehand: bcrypt.ts compares with them what it makes. */
import { LIMITS } from '../hash-format-checks.js';

/** What one lane hashes. */
export interface LaneInput {
  password: string;
  salt: Uint8Array;
}

interface KnownAnswer extends LaneInput {
  /** 31 characters of bcrypt's base64. */
  digest: string;
}

const fromHex = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

/** High bytes, since bcrypt was once written wrong in how it reads these. */
const HIGH_BYTES: LaneInput = {
  password: 'ÿÿ£ pässwörd 🔑',
  salt: fromHex('05030085d5ed4c176b2ac3cbee47291c'),
};

/** By cost, from the least that bcrypt has on, as the package `bcrypt` makes them of `HIGH_BYTES`. */
const HIGH_BYTES_DIGESTS = [
  '5B/GSe1cLEYcbBKEGd.zTzkMoc5aive',
  'wqirHNgN5nfl1DMBILdetzIi6IVNVkG',
  'oIE30SCstl2x2T1qoZB8.m8x22dvkDC',
  '1Jvq9h4S.zMK68Js33wiOByE6ZjQjN.',
  'XKbf7EUVyRolicKWV20yVAbINPlFJCm',
  'Q5sxlfI3Hf038daRzCBVA8n2qDD3nyu',
  'YXIq54uiqjuXYZCe6xbSaITIUVvbw1u',
  'btyaEf.YKJObns9gAm7QN4Mmud9PrpW',
  'evZC/DCAx4/Ih8/mbdp131z8C8KwB9C',
  'U/dGkdK0oLRRA7zFMWsDPdxY5A4D4n6',
  'CP7nDyV88.ywdfvgKXiVYdug5xz4bNi',
  '3LmWnJs0C0NwvAGhCiNdxSFUozo4RE6',
];

/** @returns the known answer at a cost of 4 to 15, which lanes without a password of their own are given */
export function knownAnswerAt(cost: number): KnownAnswer {
  const digest = HIGH_BYTES_DIGESTS[cost - LIMITS.bcryptCost.min];
  if (digest === undefined) throw new RangeError('no answer is known at this cost');
  return { ...HIGH_BYTES, digest };
}

export const KNOWN_COST = 5;

/** One for each lane, no two alike. The first three are test vectors of Openwall's crypt_blowfish. */
export const KNOWN_ANSWERS: readonly KnownAnswer[] = [
  {
    password: '',
    salt: fromHex('10410410410410410410410410410410'),
    digest: '7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy',
  },
  {
    password: 'U*U*U',
    salt: fromHex('65965965965965965965965965965965'),
    digest: 'AcXxm9kjPGEMsLznoKqmqw7tc8WCx4a',
  },
  {
    // The longest that bcrypt reads, 72 bytes.
    password: '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
    salt: fromHex('71d79f8218a39259a7a29aabb2dbafc3'),
    digest: '5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
  },
  knownAnswerAt(KNOWN_COST),
];
