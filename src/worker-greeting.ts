/** The first lines of a worker's log: what it reached, and what comes next. No setting that may be secret. */
import type { Logger } from '@temporalio/worker';
import type { Settings } from './config.js';
import { CHECKS } from './checks/finding.js';
import { checkPorts } from './checks/kratos.js';
import { taskQueue, temporalAddress } from './temporal.js';
import { VERSION } from './version.js';

/** Said once the worker asks for work. Kratos may be away: imports wait for it. */
export async function greet(logger: Logger, settings: Settings, namespace: string): Promise<void> {
  const facts = {
    version: VERSION,
    temporal: temporalAddress(),
    namespace,
    taskQueue: taskQueue(),
    importRoot: settings.importRoot,
    importRuns: settings.runsRoot,
    mailServer: new URL(settings.mail.smtpUrl).host,
  };
  const inJson = (meta: Record<string, unknown>) =>
    settings.logFormat === 'json' ? meta : undefined;
  logger.info(
    `Ready: user-import ${VERSION} at Temporal ${facts.temporal}, namespace "${namespace}", task queue "${facts.taskQueue}"`,
    inJson(facts),
  );
  for (const { check, status, text, remedy } of await checkPorts(settings)) {
    const meta = inJson({ check, status });
    if (status === 'ok') logger.info(`${CHECKS[check]}: ${text}`, meta);
    else logger.warn(`${CHECKS[check]}: ${text}. ${remedy ?? ''} Imports wait for it.`, meta);
  }
  logger.info(
    `Files: ${facts.importRoot}, runs: ${facts.importRuns}, mail: ${facts.mailServer}. user-import doctor checks all of it`,
  );
  logger.info('Next: user-import check FILE, then user-import start FILE');
}
