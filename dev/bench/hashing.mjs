// Hashing on all cores: this project's bcrypt, several hashes side by side on each core, and the package `bcrypt`, one
// hash at a time on each thread, in turns.
import bcrypt from 'bcrypt';
import { createHashingThreads } from '../../dist/src/passwords/hasher.js';
import { median } from './stats.mjs';

/**
 * @param {{cost: number, passwords: number, rounds: number}} options
 * @param {(text: string) => void} say
 */
export async function measureHashing({ cost, passwords, rounds }, say) {
  const { signal } = new AbortController();
  const ours = createHashingThreads(cost);
  /** @type {Record<string, (password: string) => Promise<string>>} */
  const contenders = {
    own: (password) => ours.hash(password, signal),
    bcrypt: (password) => bcrypt.hash(password, cost),
  };
  /** @type {Record<string, {wall: number[], cpu: number[]}>} milliseconds a hash, round by round */
  const times = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [who, hash] of Object.entries(contenders)) {
      const [began, used] = [performance.now(), process.cpuUsage()];
      await Promise.all(Array.from({ length: passwords }, (_, i) => hash(`password ${i}`)));
      const { user, system } = process.cpuUsage(used);
      // The first round starts threads and compiles.
      if (round === 0) continue;
      const { wall, cpu } = (times[who] ??= { wall: [], cpu: [] });
      wall.push((performance.now() - began) / passwords);
      cpu.push((user + system) / 1000 / passwords);
    }
  }
  const ratio = median(
    times['bcrypt']?.wall.map((ms, i) => ms / (times['own']?.wall[i] ?? NaN)) ?? [],
  );
  say(`hashing at cost ${cost}: ${ratio.toFixed(2)} times as fast as the package bcrypt`);
  return { cost, passwords, rounds, times, ratio };
}
