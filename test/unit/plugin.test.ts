/** What the plugin makes of a worker's options. Compiled, since its threads and its bundle are. */
import { existsSync } from 'node:fs';
import type { Worker, WorkerOptions } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createImportPlugin, readSettings } from '../../dist/src/index.js';

const settings = readSettings({
  KRATOS_ADMIN_URL: 'http://127.0.0.1:4434',
  SMTP_URL: 'smtp://127.0.0.1:1025',
  MAIL_FROM: 'no-reply@example.com',
  APP_NAME: 'Example Platform',
  IMPORT_ROOT: './imports',
  IMPORT_RUNS: './runs',
  PASSWORD_BCRYPT_COST: '4',
});

const configured = async (options: Partial<WorkerOptions>): Promise<WorkerOptions> =>
  createImportPlugin(settings).configureWorker!({ taskQueue: 'own', ...options });

describe('the import plugin', () => {
  it('brings activities and workflows, beside activities of the worker', async () => {
    const own = () => 'own';
    const options = await configured({ activities: { own } });
    expect(options.activities).toMatchObject({ own, importRows: expect.any(Function) as object });
    expect(existsSync(options.workflowsPath!)).toBe(true);
    // Each attempt has to be heard before it counts as dead, after 20 seconds.
    expect(options.maxHeartbeatThrottleInterval).toBeLessThan(20_000);
  });

  it('leaves a worker its workflows, or the bundle that has them', async () => {
    const workflowsPath = '/own/workflows.js';
    expect(await configured({ workflowsPath })).toMatchObject({ workflowsPath });
    const workflowBundle = { codePath: '/own/bundle.js' };
    const options = await configured({ workflowBundle });
    expect(options).toMatchObject({ workflowBundle });
    expect(options.workflowsPath).toBeUndefined();
  });

  it('bundles what reads messages after the interceptors of the worker', () => {
    const { workflowInterceptorModules = [] } = createImportPlugin(settings).configureBundler!({
      workflowsPath: '/own/workflows.js',
      workflowInterceptorModules: ['/own/tracing.js'],
    });
    const [first, second, ...others] = workflowInterceptorModules;
    expect([first, others]).toEqual(['/own/tracing.js', []]);
    expect(existsSync(second!)).toBe(true);
  });

  it('refuses activities of the same names', async () => {
    const activities = { preflight: () => 'own', own: () => 'own' };
    await expect(configured({ activities })).rejects.toThrow(
      /names that imports need: preflight\./,
    );
  });

  it('refuses a second worker, and a worker of another copy of the SDK', async () => {
    const plugin = createImportPlugin(settings);
    await plugin.configureWorker!({ taskQueue: 'own' });
    await expect(plugin.configureWorker!({ taskQueue: 'own' })).rejects.toThrow(/make another/);
    let ran = false;
    const other = { run: () => undefined } as unknown as Worker;
    const run = plugin.runWorker!(other, async () => void (ran = true));
    await expect(run).rejects.toThrow(/another copy of @temporalio\/worker/);
    expect(ran).toBe(false);
  });
});
