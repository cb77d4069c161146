/** How many cores this process may use: fewer than the machine has in a container that is given only some. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { posix } from 'node:path';

/** @returns whole cores, 1 at least; a part of one counts as one */
export function availableCores(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cpuQuota('/'))));
}

/**
 * The processor time that the control groups of this process leave it, in cores; Infinity where they set no bound, or
 * where there are none. Node's `availableParallelism` knows the cores that it may run on, but not this bound, by which
 * Docker (`--cpus`) and Kubernetes (`limits.cpu`) share out a machine.
 * @param root where the machine's files are
 */
export function cpuQuota(root: string): number {
  const groups = read(posix.join(root, 'proc/self/cgroup')) ?? '';
  const quotas = groups.split('\n').flatMap((line) => {
    // `hierarchy:controllers:path`; version 2 names no controllers.
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === '') {
      return ancestors(path).map((at) => quotaV2(posix.join(root, 'sys/fs/cgroup', at)));
    }
    if (!controllers!.split(',').includes('cpu')) return [];
    return ['cpu', controllers!].flatMap((mount) =>
      ancestors(path).map((at) => quotaV1(posix.join(root, 'sys/fs/cgroup', mount, at))),
    );
  });
  return Math.min(...quotas);
}

/**
 * A group and all above it: each bounds those below. A container may see its own group as the topmost one, under
 * another path than the machine's: then only that one is found.
 */
function ancestors(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === path ? [path] : [path, ...ancestors(parent)];
}

/** `max 100000`, or microseconds in each period of so many. */
function quotaV2(folder: string): number {
  const [quota, period] = (read(posix.join(folder, 'cpu.max')) ?? '').split(/\s+/);
  return coresOf(quota, period);
}

function quotaV1(folder: string): number {
  const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) =>
    read(posix.join(folder, name)),
  );
  return coresOf(quota, period);
}

/** No bound is `max`, -1, or nothing at all. */
function coresOf(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Infinity;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
