/**
 * The shapes of Kratos's answers. A gateway, a login page or a firewall may answer in its place; what does not have
 * the shape that was asked for is not Kratos's, whatever its status.
 */
import type {
  Identity,
  IdentityPatchResponse,
  IdentitySchemaContainer,
  RecoveryCodeForIdentity,
  RecoveryLinkForIdentity,
  Session,
} from '@ory/client';

/** An id becomes part of a URL and of a file. */
const ID = /^[\w-]{1,64}$/;

/** Kratos's own words for why it did not carry a request out. */
export interface OwnError {
  code: number;
  reason?: string;
  message?: string;
}

/** Undefined where the body is none of Kratos's. Its code may be 500 where the status is 400, as for an unknown field. */
export function ownErrorIn(body: unknown): OwnError | undefined {
  const error = isObject(body) ? body['error'] : undefined;
  return isOwnError(error) ? error : undefined;
}

function isOwnError(error: unknown): error is OwnError & Record<string, unknown> {
  return isObject(error) && Number.isInteger(error['code']);
}

function isIdentity(body: unknown): body is Identity {
  return (
    isObject(body) &&
    isId(body['id']) &&
    isObject(body['traits']) &&
    isAbsentOr(areCredentials, body['credentials']) &&
    isAbsentOr(areAddresses, body['verifiable_addresses'])
  );
}

/** Null is as good as nothing. */
function isAbsentOr(isShape: (value: unknown) => boolean, value: unknown): boolean {
  return value === undefined || value === null || isShape(value);
}

function areCredentials(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => isAbsentOr(isCredential, each));
}

function isCredential(value: unknown): boolean {
  return (
    isObject(value) &&
    isAbsentOr(isCredentialConfig, value['config']) &&
    isAbsentOr(isTextList, value['identifiers'])
  );
}

function isCredentialConfig(value: unknown): boolean {
  return (
    isObject(value) &&
    isAbsentOr(isText, value['hashed_password']) &&
    isAbsentOr(Array.isArray, value['credentials'])
  );
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

function areAddresses(value: unknown): boolean {
  const isAddress = (each: unknown): boolean => isObject(each) && typeof each['value'] === 'string';
  return Array.isArray(value) && value.every((each) => isAbsentOr(isAddress, each));
}

/** The identity that was asked for by its external id. */
export function isIdentityWith(externalId: string): (body: unknown) => body is Identity {
  return (body): body is Identity => isIdentity(body) && body.external_id === externalId;
}

/** The identity that was asked for. */
export function isIdentityOf(id: string): (body: unknown) => body is Identity {
  return (body): body is Identity => isIdentity(body) && body.id === id;
}

export function isIdentityList(body: unknown): body is Identity[] {
  return Array.isArray(body) && body.every(isIdentity);
}

export function isSessionList(body: unknown): body is Session[] {
  return Array.isArray(body) && body.every((session) => isObject(session) && isId(session['id']));
}

export function isBatchAnswer(body: unknown): body is { identities: IdentityPatchResponse[] } {
  const answers = isObject(body) ? body['identities'] : undefined;
  return Array.isArray(answers) && answers.every(isPatchAnswer);
}

function isPatchAnswer(answer: unknown): boolean {
  if (!isObject(answer)) return false;
  return answer['action'] === 'create'
    ? isId(answer['identity'])
    : answer['action'] === 'error' && isOwnError(answer['error']);
}

export function isRecovery(
  body: unknown,
): body is RecoveryLinkForIdentity | RecoveryCodeForIdentity {
  return isObject(body) && isUrl(body['recovery_link']);
}

/** A flow of self-service, which nobody goes through. */
export function isFlow(body: unknown): body is object {
  return isObject(body) && isId(body['id']);
}

/** What a form has of a provider. */
interface LoginFlow {
  id: string;
  ui: { nodes: { group: string; attributes: { name?: unknown; value?: unknown } }[] };
}

export function isLoginFlow(body: unknown): body is LoginFlow {
  const ui = isFlow(body) && 'ui' in body ? body.ui : undefined;
  const nodes = isObject(ui) ? ui['nodes'] : undefined;
  return (
    Array.isArray(nodes) && nodes.every((node) => isObject(node) && isObject(node['attributes']))
  );
}

/** The message of a login form for a password that is not the user's. */
const WRONG_PASSWORD = 4000006;

export function isWrongPassword(body: unknown): boolean {
  const ui = isObject(body) ? body['ui'] : undefined;
  const messages = isObject(ui) ? ui['messages'] : undefined;
  return (
    Array.isArray(messages) &&
    messages.some((message) => isObject(message) && message['id'] === WRONG_PASSWORD)
  );
}

interface SignedIn {
  session: { id: string; identity?: unknown };
  session_token: string;
}

export function isSignedIn(body: unknown): body is SignedIn {
  const session = isObject(body) ? body['session'] : undefined;
  return (
    isObject(body) && isText(body['session_token']) && isObject(session) && isId(session['id'])
  );
}

export function isSchemaList(body: unknown): body is IdentitySchemaContainer[] {
  return (
    Array.isArray(body) &&
    body.every(
      (each) => isObject(each) && typeof each['id'] === 'string' && isObject(each['schema']),
    )
  );
}

export function isReady(body: unknown): body is { status: 'ok' } {
  return isObject(body) && body['status'] === 'ok';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && ID.test(value);
}

function isUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//.test(value);
}
