/** Google Workspace's file for uploads: a hash of the kind that a column names, or the password itself. */
import type { Converted, HashFormat, Parts } from './converted.js';
import { convertCrypt } from './crypt.js';
import { convertDigest } from './digests.js';

export const googleWorkspaceFormat: HashFormat = {
  about:
    'Google Workspace: `Password`, hashed by SHA-1, MD5 or crypt as `Password Hash Function` says, else the password itself',
  parts: { hasher: { about: '`Password Hash Function`' } },
  convert: convertGoogle,
};

function convertGoogle({ hash = '', hasher }: Parts): Converted {
  switch (hasher?.toLowerCase().replace('-', '')) {
    case undefined:
      return { plain: true };
    case 'sha1':
      return convertDigest('sha1', { hash });
    case 'md5':
      return convertDigest('md5', { hash });
    case 'crypt':
      return convertCrypt(hash);
    default:
      return { problem: 'has a hash function beside it that is not SHA-1, MD5 or crypt' };
  }
}
