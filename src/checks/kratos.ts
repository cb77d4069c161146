/** Whether Kratos answers as an import needs it. */
import type { Settings } from '../config.js';
import { withoutLogin } from '../address.js';
import { InputError, PreflightError } from '../contract/errors.js';
import type { RecoveryMethod } from '../contract/import/input.js';
import { formatFirst, formatSeconds } from '../format.js';
import type { IdentitySchema } from '../identity/schema.js';
import { KratosError, type Kratos } from '../kratos/kratos.js';
import { createKratos } from '../kratos/ory-kratos.js';
import { readVersion } from '../kratos/ory-version.js';
import { proveAdmin } from '../kratos/prove-admin.js';
import { chooseSchema } from '../validation/choose-schema.js';
import { makeTemplate } from '../validation/template.js';
import {
  failed,
  findOut,
  ok,
  skipAll,
  unreachable,
  warning,
  type Finding,
  type Outcome,
} from './finding.js';

type KratosSettings = Pick<Settings, 'kratos' | 'roles' | 'tenants'>;

/** A link lives for minutes at least: seconds do no harm. */
const MOST_SKEW_S = 30;

export async function checkKratos(settings: KratosSettings): Promise<Finding[]> {
  const kratos = createKratos(settings.kratos);
  const { version, at } = await readVersion(settings.kratos);
  const now = Date.now();
  const address = withoutLogin(settings.kratos.adminUrl);
  const admin = await findOut('kratos-admin', () =>
    saying(async () => {
      await proveAdmin(kratos);
      const which = version === undefined ? '' : `, version ${version}`;
      const whose = settings.kratos.adminToken === undefined ? '' : '; it takes the token';
      return ok(`admin port at ${address}${which}${whose}`);
    }, explainAdmin),
  );
  if (admin.status === 'failed') {
    const others = ['kratos-clock', 'kratos-public', 'identity-schema', 'recovery'] as const;
    return [admin, ...skipAll([...others], 'not tried without the admin port')];
  }
  const clock = await findOut('kratos-clock', () => compareClocks(at, now));
  let schemas: IdentitySchema[] = [];
  const read = await findOut('kratos-public', () =>
    saying(async () => {
      schemas = await kratos.schemas();
      return ok(`schemas ${formatFirst(schemas.map(({ id }) => id))} (${placeOf(settings)})`);
    }, explainPublic),
  );
  if (read.status === 'failed') {
    return [
      admin,
      clock,
      read,
      ...skipAll(['identity-schema', 'recovery'], 'not tried without the schemas'),
    ];
  }
  const schema = await findOut('identity-schema', () => checkSchema(schemas, settings));
  const recovery = await findOut('recovery', () =>
    saying(() => checkRecovery(kratos), explainPublic),
  );
  return [admin, clock, read, schema, recovery];
}

function placeOf({ kratos }: KratosSettings): string {
  return kratos.publicUrl ?? 'where the admin port leads';
}

async function saying(
  look: () => Promise<Outcome>,
  explain: (error: KratosError) => Outcome,
): Promise<Outcome> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof KratosError)) throw error;
    return explain(error);
  }
}

function explainAdmin({ kind, message, details }: KratosError): Outcome {
  if (details.wrongPort) {
    return failed(message, 'Set it to the address of the admin port (4434 unless you changed it).');
  }
  switch (kind) {
    case 'unauthorized':
      return failed(
        message,
        'Set KRATOS_ADMIN_TOKEN, or the login in KRATOS_ADMIN_URL, to what the proxy or Ory Network takes.',
      );
    case 'unavailable':
      return unreachable(message, 'Start Kratos and its database, or correct KRATOS_ADMIN_URL.');
    default:
      return failed(
        message,
        'Correct KRATOS_ADMIN_URL, or let the proxy in front of Kratos pass all of /admin.',
      );
  }
}

function explainPublic({ kind, message, details }: KratosError): Outcome {
  const remedy = details.publicPort
    ? 'Set KRATOS_PUBLIC_URL to where this machine reaches the public port.'
    : 'Correct KRATOS_ADMIN_URL, or set KRATOS_PUBLIC_URL.';
  return kind === 'unavailable' ? unreachable(message, remedy) : failed(message, remedy);
}

/** @param at of Kratos, to the second. @param now of this machine */
export function compareClocks(at: Date | undefined, now: number): Outcome {
  if (at === undefined) return { status: 'skipped', text: 'its answers have no time' };
  const seconds = Math.round((now - at.getTime()) / 1000);
  const by = formatSeconds(Math.abs(seconds));
  return Math.abs(seconds) <= MOST_SKEW_S
    ? ok('this machine has the same time')
    : warning(
        `this machine is ${by} ${seconds > 0 ? 'ahead of' : 'behind'} Kratos`,
        'Set the clocks right (NTP): invitations and the audit trail carry times of both.',
      );
}

function checkSchema(schemas: IdentitySchema[], lists: KratosSettings): Outcome {
  try {
    const schema = chooseSchema(schemas, undefined);
    const header = makeTemplate(schema, lists).csv.split('\n', 1)[0]!;
    return ok(`"${schema.id}"; columns ${header.replaceAll(',', ', ')}`);
  } catch (error) {
    if (error instanceof InputError) {
      return warning(error.message, 'Name one with --schema-id at each import.');
    }
    if (error instanceof PreflightError) {
      return warning(error.message, 'Import with another one: --schema-id.');
    }
    throw error;
  }
}

async function checkRecovery(kratos: Kratos): Promise<Outcome> {
  const [link, code] = await Promise.all(
    (['link', 'code'] as const satisfies RecoveryMethod[]).map((by) => kratos.recoveryIsOff(by)),
  );
  if (link === undefined) {
    return ok(code === undefined ? 'by link and by code' : 'by link');
  }
  if (code === undefined) {
    return warning('by code only', `Start imports with --invite-by code, or set ${link} to true.`);
  }
  return failed(
    `Kratos makes no invitations: ${link} is not true`,
    'Set it to true in its configuration and restart it, or start imports with --invitations never.',
  );
}
