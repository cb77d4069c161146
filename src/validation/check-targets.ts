/** What this Kratos takes of that to which the columns go, found out before the first row is read. */
import type { Warning } from '../contract/codes.js';
import { inputPart } from '../contract/input-part.js';
import { FileError } from '../csv/file-error.js';
import { describeTarget, type Column, type ColumnMap } from '../identity/columns.js';
import type { IdentityPart, Kratos } from '../kratos/kratos.js';

interface Need {
  part: IdentityPart;
  /** The versions of Kratos that take it. */
  since: string;
}

const NEEDS: Partial<Record<Column['target']['to'], Need>> = {
  external_id: { part: 'external_id', since: 'it came with v25.4' },
  organization_id: { part: 'organization_id', since: 'it came with v25.4' },
  saml: { part: 'saml', since: 'it came with v25.4' },
  totp_url: { part: 'totp', since: 'it came after v26.2.0' },
  lookup_codes: { part: 'lookup_secret', since: 'it came after v26.2.0' },
  passkeys: { part: 'passkey', since: 'it came after v26.2.0' },
};

/** @throws FileError `unsupported_target` */
export async function checkTargets(kratos: Kratos, { columns }: ColumnMap): Promise<void> {
  const asked = new Map<IdentityPart, boolean>();
  for (const { name, target } of columns) {
    const need = NEEDS[target.to];
    if (!need) continue;
    const takes = asked.get(need.part) ?? (await kratos.supports(need.part));
    asked.set(need.part, takes);
    if (takes) continue;
    const text = describeTarget(target);
    // What lets somebody in is no metadata, which programs read.
    const way = text.endsWith('_id') ? `metadata_admin.${text}` : 'ignore';
    throw new FileError({
      code: 'unsupported_target',
      line: 1,
      message: `unsupported_target: this Kratos takes no ${text} on import (${need.since}), where the column "${name}" goes. Map it elsewhere, for example ${inputPart('columns', { [name]: way })}.`,
    });
  }
}

/** Asked only for a file with social sign-ins. */
export async function providersFor(kratos: Kratos, map: ColumnMap): Promise<string[] | undefined> {
  return hasSignIns(map) ? kratos.signInProviders() : undefined;
}

export function uncheckedProviders(map: ColumnMap, providers: string[] | undefined): Warning[] {
  if (!hasSignIns(map) || providers) return [];
  const message =
    'providers_not_checked: sign-ins are taken as they are, since the login page of Kratos cannot be read (KRATOS_PUBLIC_URL); those of a provider that it does not have let nobody in.';
  return [{ code: 'providers_not_checked', message }];
}

function hasSignIns({ columns }: ColumnMap): boolean {
  return columns.some(({ target }) => target.to === 'sign_in');
}
