import { Client } from '@temporalio/client';
import { createPostgresAudit } from '../audit/postgres-audit.js';
import type { Settings } from '../config.js';
import { createSmtpMailer } from '../invitations/mail/smtp-mailer.js';
import { syncSchedule } from '../purge/schedule.js';
import { connectWorker } from '../temporal.js';
import { createWorker } from '../worker.js';
import { failUnreachable } from './unreachable.js';

/** Runs a worker until it is told to stop (SIGINT, SIGTERM); what is in flight may finish first. */
export async function runWorker(settings: Settings): Promise<void> {
  const { connection, namespace } = await connectWorker().catch(failUnreachable);
  const audit = settings.audit && createPostgresAudit(settings.audit);
  const mailer = createSmtpMailer(settings.mail);
  try {
    const worker = await createWorker(settings, { connection, namespace, mailer, audit });
    await syncSchedule(new Client({ connection, namespace }), settings.retentionDays);
    await worker.run();
  } finally {
    mailer.close();
    await audit?.close();
    await connection.close();
  }
}
