/**
 * A password migration hook for Ory Kratos, as an example: Kratos asks it once for each person who signs in for the
 * first time, and keeps its own hash from then on. docs/credentials.md has Kratos's side.
 *
 *   npm install bcrypt
 *   HOOK_SECRET=… HASHES_FILE=hashes.csv node server.mjs
 *
 *   HASHES_FILE  a line a user, `identifier,hash`, for its owner's eyes alone (0600): what they sign in with, and the
 *                hash as the other product exported it
 *   HOOK_SECRET  what Kratos sends in the header X-Hook-Secret, 32 characters or more
 *   HOST, PORT   where it listens; 127.0.0.1 and 4460 unless told
 *
 * Whoever may ask it can try passwords as fast as they like: leave it where Kratos alone reaches it. It writes no
 * identifier and no password anywhere.
 */
import { timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { sha256, verify } from './verify.mjs';

const { HOOK_SECRET = '', HASHES_FILE, HOST = '127.0.0.1', PORT = '4460' } = process.env;
if (HOOK_SECRET.length < 32 || !HASHES_FILE) {
  console.error('Set HASHES_FILE, and HOOK_SECRET to 32 characters or more.');
  process.exit(2);
}

const MAX_BODY_BYTES = 16 * 1024;
const SECRET = sha256(HOOK_SECRET);
const hashes = readHashes(HASHES_FILE);

/** As Kratos compares identifiers. */
function normalized(/** @type {string} */ identifier) {
  return identifier.trim().toLowerCase();
}

/** No hash of these kinds has a comma. */
function readHashes(/** @type {string} */ file) {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  return new Map(
    lines.flatMap((line) => {
      const at = line.lastIndexOf(',');
      return at < 1 ? [] : [[normalized(line.slice(0, at)), line.slice(at + 1).trim()]];
    }),
  );
}

/** @returns {Promise<{ identifier: string, password: string } | undefined>} undefined for another body */
async function readQuestion(/** @type {import('node:http').IncomingMessage} */ request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    parts.push(part);
  }
  try {
    const { identifier, password } = JSON.parse(Buffer.concat(parts).toString('utf8'));
    const isQuestion = typeof identifier === 'string' && typeof password === 'string';
    return isQuestion ? { identifier, password } : undefined;
  } catch {
    return undefined;
  }
}

/** @returns {Promise<200 | 400 | 401 | 403 | 405>} */
async function answer(/** @type {import('node:http').IncomingMessage} */ request) {
  const secret = request.headers['x-hook-secret'];
  if (!timingSafeEqual(sha256(String(secret)), SECRET)) return 401;
  if (request.method !== 'POST') return 405;
  const question = await readQuestion(request);
  if (!question) return 400;
  const hash = hashes.get(normalized(question.identifier));
  return hash !== undefined && (await verify(question.password, hash)) ? 200 : 403;
}

const server = createServer((request, response) => {
  void answer(request)
    .catch(() => 500)
    .then((status) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(status === 200 ? '{"status":"password_match"}' : '{}');
    });
});
server.headersTimeout = 10_000;
server.requestTimeout = 10_000;
server.listen(Number(PORT), HOST, () => {
  console.log(`Answers for ${hashes.size} users on http://${HOST}:${PORT}/`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close());
