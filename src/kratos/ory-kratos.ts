/** Kratos over HTTP, with Ory's own client. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  Configuration,
  IdentityApi,
  type CreateIdentityBody,
  type Identity,
  type IdentityPatchResponse,
  type IdentitySchemaContainer,
  type RecoveryCodeForIdentity,
  type RecoveryLinkForIdentity,
} from '@ory/client';
import type {
  FoundIdentity,
  IdentityFields,
  NewIdentity,
  StoredIdentity,
} from '../identity/identity.js';
import type { RecoveryMethod } from '../contract/import/input.js';
import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { KratosError, type CreateAnswer, type Kratos } from './kratos.js';
import { toKratosError } from './ory-errors.js';

export interface KratosSettings {
  adminUrl: string;
  /** Sent to the admin URL's origin only. */
  adminToken?: string;
  /** Where schemas are read; without it the admin port says where. */
  publicUrl?: string;
}

/** Kratos gives a request 120 s to be written; a whole batch is one transaction inside it. */
const BATCH_TIMEOUT_MS = 125_000;
/** Without statistics SQLite takes seconds to find one of thousands of identities. */
const READ_TIMEOUT_MS = 30_000;
const SCHEMAS_A_PAGE = 500;
const MOST_REDIRECTS = 5;
/** They go into the query: 100 stay below the 8 KiB that proxies take of a request line. */
const IDS_A_REQUEST = 100;
/** As many as Kratos gives at most. */
const IDENTITIES_A_PAGE = 500;
/** An identity that no Kratos has. */
const NOBODY = '00000000-0000-4000-8000-000000000000';
/** A schema id that no Kratos has. */
const NO_SCHEMA = 'kratos-user-import-probe';

export function createKratos(settings: KratosSettings): Kratos {
  const basePath = settings.adminUrl.replace(/\/+$/, '');
  const { origin } = new URL(basePath);
  const transport = {
    timeout: READ_TIMEOUT_MS,
    // Ory's client makes the JSON; axios would parse all of it again to see whether it is any.
    transformRequest: (body: unknown) => body,
    // Within the admin port Kratos redirects to the `/admin` prefix. Nothing may lead the token elsewhere.
    beforeRedirect: ({ href }: { href?: string }) => {
      if (new URL(href ?? '').origin !== origin) throw new Error('redirected to another origin');
    },
    httpAgent: new HttpAgent({ keepAlive: true }),
    httpsAgent: new HttpsAgent({ keepAlive: true }),
  };
  const http = axios.create(transport);
  const headers: Record<string, string> = settings.adminToken
    ? { Authorization: `Bearer ${settings.adminToken}` }
    : {};
  const headersFor = (url: URL): Record<string, string> => (url.origin === origin ? headers : {});
  const configuration = new Configuration({ basePath, baseOptions: { ...transport, headers } });
  const identities = new IdentityApi(configuration);
  const recover = (
    identity_id: string,
    method: RecoveryMethod,
    expires_in: string,
  ): Promise<AxiosResponse<RecoveryLinkForIdentity | RecoveryCodeForIdentity>> =>
    method === 'link'
      ? identities.createRecoveryLinkForIdentity({
          createRecoveryLinkForIdentityBody: { identity_id, expires_in },
        })
      : identities.createRecoveryCodeForIdentity({
          createRecoveryCodeForIdentityBody: { identity_id, expires_in },
        });

  const ask = async <T>(operation: string, request: Promise<AxiosResponse<T>>): Promise<T> => {
    try {
      return (await request).data;
    } catch (error) {
      throw toKratosError(operation, error);
    }
  };

  return {
    async ready() {
      await ask('readiness', http.get(`${basePath}/health/ready`, { headers }));
    },

    async checkToken() {
      await ask('list identities', identities.listIdentities({ pageSize: 1 }));
    },

    async takesExternalId() {
      // Kratos before v25.4 refuses fields that it does not know; either way the schema is none, so nothing is created.
      const create = { schema_id: NO_SCHEMA, traits: {}, external_id: NO_SCHEMA };
      try {
        await ask(
          'probe external_id',
          identities.batchPatchIdentities({ patchIdentitiesBody: { identities: [{ create }] } }),
        );
      } catch (error) {
        if (!(error instanceof KratosError) || error.kind !== 'refused') throw error;
        return !error.details.reason?.includes('external_id');
      }
      return true;
    },

    async schemas() {
      try {
        const { schemas } = await readSchemas(http, settings.publicUrl ?? basePath, headersFor);
        return schemas.map(({ id, schema }) => ({ id, json: schema as Record<string, unknown> }));
      } catch (error) {
        throw toKratosError('list schemas', error);
      }
    },

    async createBatch(batch) {
      const patches = batch.map((identity) => ({ create: toBody(identity) }));
      const answer = await ask(
        'create identities',
        identities.batchPatchIdentities(
          { patchIdentitiesBody: { identities: patches } },
          { timeout: BATCH_TIMEOUT_MS },
        ),
      );
      const answers = answer.identities ?? [];
      if (answers.length !== batch.length) {
        throw new KratosError(
          'broken',
          `Kratos answered for ${answers.length} of ${batch.length} identities`,
          { answerLost: true },
        );
      }
      return answers.map(toCreateAnswer);
    },

    async storedIds(ids) {
      return new Set((await this.findByIds(ids)).map(({ id }) => id));
    },

    async findByIds(ids) {
      const found: FoundIdentity[] = [];
      for (let i = 0; i < ids.length; i += IDS_A_REQUEST) {
        const some = { ids: ids.slice(i, i + IDS_A_REQUEST), pageSize: IDS_A_REQUEST };
        const page = await ask('list identities by id', identities.listIdentities(some));
        found.push(...page.map(toFound));
      }
      return found;
    },

    async listPage(next) {
      const page = { pageSize: IDENTITIES_A_PAGE, ...(next !== undefined && { pageToken: next }) };
      const request = identities.listIdentities(page).then((response) => ({
        ...response,
        data: { users: response.data.map(toFound), link: String(response.headers['link'] ?? '') },
      }));
      const { users, link } = await ask('list identities', request);
      const after = nextPageToken(link);
      return { users, ...(after !== undefined && { next: after }) };
    },

    async findByIdentifier(identifier) {
      const [found] = await ask(
        'find an identity',
        identities.listIdentities({ credentialsIdentifier: identifier }),
      );
      return found && toFound(found);
    },

    async get(id) {
      try {
        const includeCredential: ['password', 'webauthn'] = ['password', 'webauthn'];
        const request = identities.getIdentity({ id, includeCredential });
        return toStoredIdentity(await ask('get an identity', request));
      } catch (error) {
        if (isNotThere(error)) return undefined;
        throw error;
      }
    },

    async hasSessions(id) {
      try {
        const request = identities.listIdentitySessions({ id, pageSize: 1 });
        return (await ask('list sessions', request)).length > 0;
      } catch (error) {
        if (isNotThere(error)) return false;
        throw error;
      }
    },

    async remove(id) {
      try {
        await ask('delete an identity', identities.deleteIdentity({ id }));
        return true;
      } catch (error) {
        if (isNotThere(error)) return false;
        throw error;
      }
    },

    async recoveryIsOff(method) {
      if (await isOff(ask(`probe recovery by ${method}`, recover(NOBODY, method, '1m')))) {
        return `selfservice.methods.${method}.enabled`;
      }
      const { baseUrl } = await readSchemas(http, settings.publicUrl ?? basePath, headersFor);
      const flow = http.get(`${baseUrl}/self-service/recovery/api`);
      return (await isOff(ask('probe recovery', flow)))
        ? 'selfservice.flows.recovery.enabled'
        : undefined;
    },

    async createRecovery(id, method, expiresIn) {
      const made = await ask(`make a recovery ${method}`, recover(id, method, expiresIn));
      const code = 'recovery_code' in made ? { code: made.recovery_code } : {};
      return { link: made.recovery_link, ...code };
    },

    async update(id, patch) {
      await ask('update an identity', identities.patchIdentity({ id, jsonPatch: patch }));
    },
  };
}

/**
 * Reads the schemas. The admin port redirects to the public one, through its own `/admin` prefix; followed by hand, since
 * the token goes to the admin port only.
 * @returns the schemas, and the address of the port that has them
 */
async function readSchemas(
  http: AxiosInstance,
  baseUrl: string,
  headersFor: (url: URL) => Record<string, string>,
): Promise<{ schemas: IdentitySchemaContainer[]; baseUrl: string }> {
  let url = new URL(`${baseUrl.replace(/\/+$/, '')}/schemas`);
  for (let hops = 0; hops < MOST_REDIRECTS; hops++) {
    url.searchParams.set('page_size', String(SCHEMAS_A_PAGE));
    const response = await http.get<IdentitySchemaContainer[]>(url.href, {
      maxRedirects: 0,
      headers: headersFor(url),
      validateStatus: (status) => status < 400,
    });
    const location = response.headers['location'] as string | undefined;
    if (location === undefined) {
      return { schemas: response.data, baseUrl: url.href.replace(/\/schemas\?.*$/, '') };
    }
    url = new URL(location, url);
  }
  throw new KratosError('refused', 'Kratos redirects without end: list schemas');
}

function isNotThere(error: unknown): boolean {
  return error instanceof KratosError && error.details.status === 404;
}

/** Kratos refuses what is not there, and what is switched off in other words. */
async function isOff(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return false;
  } catch (error) {
    if (!(error instanceof KratosError) || error.kind !== 'refused') throw error;
    return /disabled/i.test(error.details.reason ?? '');
  }
}

function toBody(identity: NewIdentity): CreateIdentityBody {
  return {
    schema_id: identity.schemaId,
    traits: identity.traits,
    state: identity.state,
    metadata_admin: identity.metadataAdmin,
    credentials: { password: { config: { hashed_password: identity.hashedPassword } } },
    ...(identity.metadataPublic && { metadata_public: identity.metadataPublic }),
    // Kratos before v25.4 refuses the whole request for a field that it does not know.
    ...(identity.externalId !== undefined && { external_id: identity.externalId }),
    ...(identity.verifiedEmails.length > 0 && {
      verifiable_addresses: identity.verifiedEmails.map((value) => ({
        value,
        via: 'email' as const,
        verified: true,
        status: 'completed',
      })),
    }),
  };
}

/** Those that nobody has unless they, or an admin, have set them up; codes by mail come with the address. */
const SET_UP = ['totp', 'lookup_secret', 'passkey', 'oidc', 'saml', 'deviceauthn'];

function toStoredIdentity(identity: Identity): StoredIdentity {
  const { id, schema_id: schemaId, credentials = {} } = identity;
  const config = (type: string) => (credentials[type]?.config ?? {}) as Record<string, unknown>;
  const hash = config('password')['hashed_password'] as string | undefined;
  // A schema may give everybody an entry for it without any key in it.
  const keys = (config('webauthn')['credentials'] ?? []) as unknown[];
  const otherCredentials = SET_UP.filter((type) => credentials[type] !== undefined);
  if (keys.length > 0) otherCredentials.push('webauthn');
  const verifiedAddresses = (identity.verifiable_addresses ?? [])
    .filter(({ verified }) => verified)
    .map(({ value }) => value);
  return {
    ...{ id, schemaId, fields: toFields(identity), otherCredentials, verifiedAddresses },
    ...(hash && { passwordHash: hash }),
  };
}

function toFound(identity: Identity): FoundIdentity {
  return { id: identity.id, fields: toFields(identity) };
}

/** @param link a header as RFC 8288 has it */
export function nextPageToken(link: string): string | undefined {
  const [, url] = /<([^>]*)>;\s*rel="next"/.exec(link) ?? [];
  return url === undefined
    ? undefined
    : (new URL(url, 'http://kratos').searchParams.get('page_token') ?? undefined);
}

function toFields(identity: Identity): IdentityFields {
  const { external_id, state } = identity;
  return {
    traits: identity.traits as Record<string, unknown>,
    metadata_public: identity.metadata_public,
    metadata_admin: identity.metadata_admin,
    ...(external_id && { external_id }),
    ...(state && { state }),
  };
}

function toCreateAnswer(answer: IdentityPatchResponse): CreateAnswer {
  if (answer.action === 'create' && answer.identity)
    return { kind: 'created', id: answer.identity };
  const error = (answer.error ?? {}) as { code?: number; reason?: string; message?: string };
  const status = error.code ?? 0;
  if (status === 409) return { kind: 'conflict' };
  return { kind: 'refused', status, reason: error.reason ?? error.message ?? '' };
}
