/** Recovery links and codes, by which an invited user gets in, and whether this Kratos makes them. */
import type { IdentityApi, RecoveryCodeForIdentity, RecoveryLinkForIdentity } from '@ory/client';
import type { AxiosResponse } from 'axios';
import type { RecoveryMethod } from '../contract/import/input.js';
import { ABSENT_IDENTITY, KratosError } from './kratos.js';
import { dataOf, type OryConnection } from './ory-http.js';
import { isFlow, isRecovery } from './ory-shapes.js';
import { readSchemas, type PublicUrl } from './ory-schemas.js';

export function requestRecovery(
  identities: IdentityApi,
  identity_id: string,
  method: RecoveryMethod,
  expires_in: string,
): Promise<AxiosResponse<RecoveryLinkForIdentity | RecoveryCodeForIdentity>> {
  const body = { identity_id, expires_in };
  return method === 'link'
    ? identities.createRecoveryLinkForIdentity({ createRecoveryLinkForIdentityBody: body })
    : identities.createRecoveryCodeForIdentity({ createRecoveryCodeForIdentityBody: body });
}

/**
 * Asks for recovery of an identity that does not exist: nothing is made, and Kratos answers in other words where the
 * method is disabled.
 * @param publicUrl where schemas are read; the recovery flow is served beside them
 * @returns the setting that has to be switched on; undefined when none has to be
 */
export async function missingRecoverySetting(
  { identities, http, headersFor }: OryConnection,
  method: RecoveryMethod,
  publicUrl: PublicUrl,
): Promise<string | undefined> {
  const request = requestRecovery(identities, ABSENT_IDENTITY, method, '1m');
  if (await isDisabled(dataOf(`probe recovery by ${method}`, request, isRecovery))) {
    return `selfservice.methods.${method}.enabled`;
  }
  const { baseUrl } = await readSchemas(http, publicUrl, headersFor);
  const flow = http.get<unknown>(`${baseUrl}/self-service/recovery/api`);
  return (await isDisabled(dataOf('probe recovery', flow, isFlow)))
    ? 'selfservice.flows.recovery.enabled'
    : undefined;
}

async function isDisabled(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    if (!(error instanceof KratosError) || error.kind !== 'refused') throw error;
    return /disabled/i.test(error.details.reason ?? '');
  }
}
