// How much of the processor each server has used, from Linux's /proc.
import { readFile, readdir } from 'node:fs/promises';

const TICKS_A_SECOND = 100;

/**
 * The shares of the processor's time since the last call that no process used, and that the host gave to others.
 * @returns {Promise<() => Promise<{idle: number, stolen: number}>>} 0 to 1 each; 0 where the system does not say
 */
export async function sharesSince() {
  const read = async () => {
    const text = await readFile('/proc/stat', 'utf8').catch(() => '');
    const times = (/^cpu +(.*)$/m.exec(text)?.[1] ?? '').split(' ').map(Number);
    const [idle = 0, waiting = 0] = times.slice(3, 5);
    const all = times.slice(0, 8).reduce((sum, time) => sum + time, 0);
    return { idle: idle + waiting, stolen: times[7] ?? 0, all };
  };
  const before = await read();
  return async () => {
    const after = await read();
    const all = after.all - before.all;
    if (all === 0) return { idle: 0, stolen: 0 };
    return {
      idle: (after.idle - before.idle) / all,
      stolen: (after.stolen - before.stolen) / all,
    };
  };
}

/**
 * Seconds of processor time that processes and their children have used so far, those that have ended included.
 * @param {Record<string, number>} pids by name
 * @returns {Promise<Record<string, number>>} by name
 */
export async function cpuSecondsOf(pids) {
  /** @type {Map<number, {parent: number, seconds: number}>} */
  const processes = new Map();
  for (const entry of await readdir('/proc').catch(() => [])) {
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined || !/^\d+$/.test(entry)) continue;
    // The part before may hold anything: it is the name of the program.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
    processes.set(Number(entry), { parent: fields[1] ?? 0, seconds: ticks / TICKS_A_SECOND });
  }
  const sumOf = (/** @type {number} */ id) => {
    let sum = processes.get(id)?.seconds ?? 0;
    for (const [child, { parent }] of processes) if (parent === id) sum += sumOf(child);
    return sum;
  };
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, sumOf(pid)]));
}
