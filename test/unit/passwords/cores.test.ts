import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { availableCores, cpuQuota } from '../../../src/passwords/cores.js';

/** The quota on a machine that has these files. */
async function quotaWith(files: Record<string, string>): Promise<number> {
  const root = await mkdtemp(path.join(tmpdir(), 'kratos-user-import-cores-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.join(root, path.dirname(name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  return cpuQuota(root);
}

const V2 = { 'proc/self/cgroup': '0::/\n' };
const IN_A_POD = { 'proc/self/cgroup': '0::/pods/pod1/worker\n' };
const V1 = { 'proc/self/cgroup': '5:cpuset:/x\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n' };

describe('the cores that the control groups leave', () => {
  it.each([
    ['of a container', V2, { 'cpu.max': '150000 100000\n' }, 1.5],
    ['of a container without a bound', V2, { 'cpu.max': 'max 100000\n' }, Infinity],
    ['of a group above', IN_A_POD, { 'pods/cpu.max': '300000 100000\n' }, 3],
    [
      'that are the fewest on the way up',
      IN_A_POD,
      {
        'pods/pod1/worker/cpu.max': 'max 100000\n',
        'pods/pod1/cpu.max': '50000 100000\n',
        'pods/cpu.max': '800000 100000\n',
      },
      0.5,
    ],
    [
      'of a container that does not see the group under the path that it has on the machine',
      V1,
      { 'cpu/cpu.cfs_quota_us': '400000\n', 'cpu/cpu.cfs_period_us': '100000\n' },
      4,
    ],
    [
      'of a group of version 1 under the name of all its controllers',
      V1,
      {
        'cpu,cpuacct/docker/abc/cpu.cfs_quota_us': '200000',
        'cpu,cpuacct/docker/abc/cpu.cfs_period_us': '100000',
      },
      2,
    ],
    [
      'of version 1 without a bound',
      V1,
      { 'cpu/cpu.cfs_quota_us': '-1\n', 'cpu/cpu.cfs_period_us': '100000\n' },
      Infinity,
    ],
    ['where what is read makes no sense', V2, { 'cpu.max': 'a few\n' }, Infinity],
  ])('%s', async (_, groups, bounds, cores) => {
    const files: Record<string, string> = { ...groups };
    for (const [name, text] of Object.entries<string>(bounds)) {
      files[`sys/fs/cgroup/${name}`] = text;
    }
    expect(await quotaWith(files)).toBe(cores);
  });

  it('are not bounded where there are no control groups', async () => {
    expect(await quotaWith({})).toBe(Infinity);
  });

  it('are whole ones here, one at least and no more than there are', () => {
    const cores = availableCores();
    expect(Number.isInteger(cores)).toBe(true);
    expect(cores).toBeGreaterThanOrEqual(1);
    expect(cores).toBeLessThanOrEqual(availableParallelism());
  });
});
