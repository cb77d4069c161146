import type { Command } from 'commander';

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
    .summary('run a worker')
    .description('run a worker; its settings come from the environment or .env')
    .action(async () => {
      const { workerSettings } = await import('../settings.js');
      const settings = await workerSettings();
      // Loaded here: the worker's packages take longer to load than most commands take.
      const { runWorker } = await import('../../worker.js');
      await runWorker(settings);
    });
}
