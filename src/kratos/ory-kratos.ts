/** The adapter: Kratos over HTTP, with Ory's own client. */
import type {
  GetIdentityIncludeCredentialEnum,
  Identity,
  IdentityApiListIdentitySessionsRequest,
  Session,
} from '@ory/client';
import type { AxiosResponse } from 'axios';
import type { RecoveryMethod } from '../contract/import/input.js';
import type {
  FoundIdentity,
  NewIdentity,
  PatchOperation,
  StoredIdentity,
} from '../identity/identity.js';
import type { IdentitySchema } from '../identity/schema.js';
import {
  ABSENT_IDENTITY,
  KratosError,
  type CreateAnswer,
  type IdentityPart,
  type IdentityPage,
  type Kratos,
  type PasswordSwap,
  type Recovery,
  type SwapResult,
} from './kratos.js';
import {
  nextPageToken,
  toCreateAnswer,
  toCreateBody,
  toFoundIdentity,
  toRecovery,
  toStoredIdentity,
} from './ory-answers.js';
import { answerOf, connect, dataOf, type OryConnection, type OrySettings } from './ory-http.js';
import {
  isBatchAnswer,
  isIdentityList,
  isIdentityOf,
  isIdentityWith,
  isReady,
  isRecovery,
  isSessionList,
} from './ory-shapes.js';
import { notKratos } from './ory-errors.js';
import { missingRecoverySetting, requestRecovery } from './ory-recovery.js';
import { orWrongPort } from './ory-ports.js';
import { readProviders } from './ory-providers.js';
import { readSchemas, type PublicUrl } from './ory-schemas.js';
import { swapPassword } from './swap-password.js';

export interface KratosSettings extends OrySettings {
  /** Where schemas are read; without it the admin port says where. */
  publicUrl?: string | undefined;
}

/** Kratos gives a request 120 s to be written; a whole batch is one transaction inside it. */
const BATCH_TIMEOUT_MS = 125_000;
/** They go into the query: 100 stay below the 8 KiB that proxies take of a request line. */
const IDS_A_REQUEST = 100;
/** More than anybody has. */
const SESSIONS_A_PAGE = 250;
/** As many as Kratos gives at most. */
const IDENTITIES_A_PAGE = 500;
/** Those whose content is read; of the others it is enough that they are there. */
const SHOWN_CREDENTIALS: GetIdentityIncludeCredentialEnum[] = ['password', 'webauthn'];
/** A schema id that no Kratos has. */
const ABSENT_SCHEMA = 'kratos-user-import-probe';

/** An identity with this part and nothing in it. */
const PROBES: Record<IdentityPart, object> = {
  external_id: { external_id: ABSENT_SCHEMA },
  organization_id: { organization_id: ABSENT_IDENTITY },
  saml: { credentials: { saml: {} } },
  totp: { credentials: { totp: {} } },
  lookup_secret: { credentials: { lookup_secret: {} } },
  passkey: { credentials: { passkey: {} } },
};

export function createKratos(settings: KratosSettings): Kratos {
  return new OryKratos(settings);
}

class OryKratos implements Kratos {
  private readonly connection: OryConnection;
  private readonly publicUrl: PublicUrl;
  /** Whether patches see credentials; undefined until one was tried. */
  private comparesPasswords: boolean | undefined;

  constructor(settings: KratosSettings) {
    const { publicUrl } = settings;
    this.connection = connect(settings);
    this.publicUrl = publicUrl
      ? { url: publicUrl, setting: 'KRATOS_PUBLIC_URL' }
      : { url: this.connection.basePath, setting: 'KRATOS_ADMIN_URL' };
  }

  private get identities(): OryConnection['identities'] {
    return this.connection.identities;
  }

  async ready(): Promise<void> {
    const { http, basePath, headersFor } = this.connection;
    const get = (path: string) =>
      http.get<unknown>(basePath + path, {
        headers: headersFor(new URL(basePath)),
        validateStatus: (status) => status < 400,
      });
    const request = get('/health/ready').then((response) =>
      // The admin port serves it below its own prefix, and redirects there.
      isRedirectTo(ADMIN_READINESS, response) ? get(ADMIN_READINESS) : response,
    );
    await dataOf('readiness', request, isReady);
  }

  async checkToken(): Promise<void> {
    try {
      await dataOf(
        'list identities',
        this.identities.listIdentities({ pageSize: 1 }),
        isIdentityList,
      );
    } catch (error) {
      throw isForbidden(error)
        ? new KratosError('unauthorized', error.message, error.details)
        : await orWrongPort(this.connection, error);
    }
  }

  async supports(part: IdentityPart): Promise<boolean> {
    // Kratos refuses a field that it does not know; either way the schema is absent, so nothing is created.
    const create = { schema_id: ABSENT_SCHEMA, traits: {}, ...PROBES[part] };
    const patchIdentitiesBody = { identities: [{ create }] };
    try {
      const request = this.identities.batchPatchIdentities({ patchIdentitiesBody });
      await dataOf(`probe ${part}`, request, isBatchAnswer);
    } catch (error) {
      if (!(error instanceof KratosError) || error.kind !== 'refused') throw error;
      return !error.details.reason?.includes(`unknown field "${part}"`);
    }
    return true;
  }

  async signInProviders(): Promise<string[] | undefined> {
    return readProviders(this.connection, this.publicUrl);
  }

  async schemas(): Promise<IdentitySchema[]> {
    const { http, headersFor } = this.connection;
    const { schemas } = await readSchemas(http, this.publicUrl, headersFor);
    return schemas.map(({ id, schema }) => ({ id, json: schema as IdentitySchema['json'] }));
  }

  async createBatch(batch: NewIdentity[]): Promise<CreateAnswer[]> {
    const request = this.sendBatch(batch);
    const { identities: answers } = await dataOf('create identities', request, isBatchAnswer);
    if (answers.length !== batch.length) {
      throw new KratosError(
        'broken',
        `Kratos answered for ${answers.length} of ${batch.length} identities`,
        { answerLost: true },
      );
    }
    return answers.map(toCreateAnswer);
  }

  /** A function of its own, so that nobody holds the bodies of all identities until Kratos has answered. */
  private sendBatch(batch: NewIdentity[]): Promise<AxiosResponse<unknown>> {
    const identities = batch.map((identity) => ({ create: toCreateBody(identity) }));
    return this.identities.batchPatchIdentities(
      { patchIdentitiesBody: { identities } },
      { timeout: BATCH_TIMEOUT_MS },
    );
  }

  async storedIds(ids: string[]): Promise<Set<string>> {
    return new Set((await this.findByIds(ids)).map(({ id }) => id));
  }

  async findByIds(ids: string[]): Promise<FoundIdentity[]> {
    const found: FoundIdentity[] = [];
    for (let i = 0; i < ids.length; i += IDS_A_REQUEST) {
      const part = { ids: ids.slice(i, i + IDS_A_REQUEST), pageSize: IDS_A_REQUEST };
      const request = this.identities.listIdentities(part);
      const page = await dataOf('list identities by id', request, isIdentityList);
      found.push(...page.map(toFoundIdentity));
    }
    return found;
  }

  async listPage(next?: string): Promise<IdentityPage> {
    const page = { pageSize: IDENTITIES_A_PAGE, pageToken: next };
    const request = this.identities.listIdentities(page);
    const users = await dataOf('list identities', request, isIdentityList);
    const link = (await request).headers['link'] as string | undefined;
    return { users: users.map(toFoundIdentity), next: nextPageToken(link ?? '') };
  }

  async findByIdentifier(identifier: string): Promise<FoundIdentity | undefined> {
    const query = { credentialsIdentifier: identifier };
    const request = this.identities.listIdentities(query);
    const [found] = await dataOf('find an identity', request, isIdentityList);
    return found && toFoundIdentity(found);
  }

  async findByExternalId(externalId: string): Promise<FoundIdentity | undefined> {
    // As steps of a path these lead elsewhere, however they are escaped.
    if (externalId.split('/').some((step) => ['', '.', '..'].includes(step))) return undefined;
    try {
      const request = this.identities.getIdentityByExternalID({ externalID: externalId });
      const operation = 'find an identity by external id';
      return toFoundIdentity(await dataOf(operation, request, isIdentityWith(externalId)));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async get(id: string): Promise<StoredIdentity | undefined> {
    const request = this.identities.getIdentity({ id, includeCredential: SHOWN_CREDENTIALS });
    const identity = await this.unlessGone(
      id,
      dataOf('get an identity', request, isIdentityOf(id)),
    );
    return identity && toStoredIdentity(identity);
  }

  async getListed(ids: string[]): Promise<StoredIdentity[]> {
    const request = this.identities.listIdentities({
      ids,
      pageSize: ids.length,
      includeCredential: SHOWN_CREDENTIALS,
      // Ory Network may list what was true seconds ago.
      consistency: 'strong',
    });
    const listed = await dataOf('list identities with credentials', request, isIdentityList);
    return listed.filter(isShownWhole).map(toStoredIdentity);
  }

  async swapPassword(id: string, swap: PasswordSwap): Promise<SwapResult> {
    const api = {
      hash: async () => {
        const user = await this.get(id);
        if (user) return user.passwordHash;
        throw new KratosError('refused', 'Kratos answered 404: set a password', { status: 404 });
      },
      patch: (operations: PatchOperation[]) =>
        this.update(id, operations).then(
          () => true,
          (error: unknown) => {
            if (isInapplicable(error)) return false;
            throw error;
          },
        ),
      isSignedIn: () => this.findSession({ id, active: true }),
    };
    const { result, compares } = await swapPassword(api, swap, this.comparesPasswords);
    this.comparesPasswords = compares;
    return result;
  }

  hasSessions(id: string): Promise<boolean> {
    return this.findSession({ id });
  }

  private async findSession(of: { id: string; active?: boolean }): Promise<boolean> {
    return (await this.listSessions({ ...of, pageSize: 1 })).length > 0;
  }

  private async listSessions(of: IdentityApiListIdentitySessionsRequest): Promise<Session[]> {
    const request = this.identities.listIdentitySessions(of);
    const sessions = this.unlessGone(of.id, dataOf('list sessions', request, isSessionList));
    return (await sessions) ?? [];
  }

  async revokeSessions(id: string): Promise<void> {
    const ended = new Map<string, KratosError | undefined>();
    // A session that is ended leaves the list of the active ones, so that the first page is the next one.
    for (;;) {
      const sessions = await this.listSessions({ id, active: true, pageSize: SESSIONS_A_PAGE });
      for (const session of sessions) {
        const error = ended.get(session.id);
        if (error) throw stillListed(error);
      }
      const open = sessions.filter((session) => !ended.has(session.id));
      if (open.length === 0) return;
      for (const session of open) ended.set(session.id, await this.endSession(session.id));
    }
  }

  /** @returns the error where it is not there: its user, or the time, may have taken it away meanwhile */
  private async endSession(id: string): Promise<KratosError | undefined> {
    const operation = 'end a session';
    try {
      const response = await answerOf(operation, this.identities.disableSession({ id }));
      if (response.status !== 204) throw notKratos(operation, response);
      return undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return error;
    }
  }

  async remove(id: string): Promise<boolean> {
    return (await this.unlessGone(id, this.delete(id))) ?? false;
  }

  async recoveryIsOff(method: RecoveryMethod): Promise<string | undefined> {
    return missingRecoverySetting(this.connection, method, this.publicUrl);
  }

  async createRecovery(id: string, method: RecoveryMethod, expiresIn: string): Promise<Recovery> {
    const request = requestRecovery(this.identities, id, method, expiresIn);
    return toRecovery(await dataOf(`make a recovery ${method}`, request, isRecovery));
  }

  async update(id: string, patch: PatchOperation[]): Promise<void> {
    const request = this.identities.patchIdentity({ id, jsonPatch: patch });
    const operation = 'update an identity';
    if (await this.unlessGone(id, dataOf(operation, request, isIdentityOf(id)))) return;
    throw new KratosError('refused', `Kratos answered 404: ${operation}`, { status: 404 });
  }

  private async delete(id: string): Promise<true> {
    const operation = 'delete an identity';
    const response = await answerOf(operation, this.identities.deleteIdentity({ id }));
    // Anything may answer 200 with nothing in it.
    if (response.status !== 204) throw notKratos(operation, response);
    return true;
  }

  /**
   * Undefined in place of what Kratos itself says that it does not have. A gateway's 404 says nothing of that, and a
   * gateway of Ory's says it in Kratos's own form: only a list without the identity is believed.
   */
  private async unlessGone<T>(id: string, request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (!(await this.storedIds([id])).has(id)) return undefined;
      throw stillListed(error);
    }
  }
}

function stillListed({ message }: KratosError): KratosError {
  return new KratosError('unavailable', `${message}, and lists it all the same`, { status: 404 });
}

/** A list that leaves out credentials, or what is in them, must not look like a user who has none. */
function isShownWhole({ credentials }: Identity): boolean {
  return (
    credentials != null &&
    SHOWN_CREDENTIALS.every((type) => !credentials[type] || credentials[type].config != null)
  );
}

const ADMIN_READINESS = '/admin/health/ready';

function isRedirectTo(path: string, { status, headers, config }: AxiosResponse): boolean {
  const location: unknown = headers['location'];
  if (status < 300 || typeof location !== 'string') return false;
  const from = new URL(config.url ?? '');
  const to = new URL(location, from);
  return to.origin === from.origin && to.pathname.endsWith(path);
}

function isForbidden(error: unknown): error is KratosError {
  return error instanceof KratosError && error.details.status === 403;
}

/** Kratos's own answer to a patch that does not fit what is there; a user whom the schema refuses gets another. */
function isInapplicable(error: unknown): boolean {
  return (
    error instanceof KratosError &&
    error.details.status === 400 &&
    /applying the JSON patch/.test(error.details.reason ?? '')
  );
}

function isNotFound(error: unknown): error is KratosError {
  return error instanceof KratosError && error.kind === 'refused' && error.details.status === 404;
}
