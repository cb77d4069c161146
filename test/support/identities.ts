/** Everything that is stored in Kratos, and logins as a person's. */
export interface StoredIdentity {
  id: string;
  state: string;
  traits: Record<string, unknown>;
  metadata_admin: Record<string, unknown> | null;
  metadata_public: Record<string, unknown> | null;
  verifiable_addresses?: { value: string; verified: boolean }[];
}

const A_PAGE = 500;

export async function allIdentities(adminUrl: string): Promise<StoredIdentity[]> {
  const all: StoredIdentity[] = [];
  let next: string | undefined = `${adminUrl}/admin/identities?page_size=${A_PAGE}`;
  while (next !== undefined) {
    const response: Response = await fetch(next);
    if (!response.ok) throw new Error(`listing identities: ${response.status}`);
    all.push(...((await response.json()) as StoredIdentity[]));
    const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    next = link === undefined ? undefined : new URL(link, adminUrl).href;
  }
  return all;
}

/** The identities whose address begins with `prefix`. */
export async function identitiesOf(adminUrl: string, prefix: string): Promise<StoredIdentity[]> {
  const all = await allIdentities(adminUrl);
  return all.filter(({ traits }) => String(traits['email']).startsWith(prefix));
}

/** Creates an identity past the import, as another program would. */
export async function createIdentity(
  adminUrl: string,
  schemaId: string,
  traits: object,
): Promise<string> {
  const response = await fetch(`${adminUrl}/admin/identities`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ schema_id: schemaId, traits }),
  });
  if (response.status !== 201) throw new Error(`creating an identity: ${response.status}`);
  return ((await response.json()) as { id: string }).id;
}

/** Whether the password opens a session at Kratos's own login endpoint. */
export async function canLogIn(
  publicUrl: string,
  identifier: string,
  password: string,
): Promise<boolean> {
  const flow = (await (await fetch(`${publicUrl}/self-service/login/api`)).json()) as {
    ui: { action: string };
  };
  const response = await fetch(flow.ui.action, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ method: 'password', identifier, password }),
  });
  // 401: the person is blocked.
  if (![200, 400, 401].includes(response.status)) {
    throw new Error(`logging in: ${response.status}`);
  }
  return response.status === 200;
}
