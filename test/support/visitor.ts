/** A person with a browser, as far as Kratos's pages need one: follows links, keeps cookies, sends forms. */

interface Flow {
  id: string;
  ui: {
    action: string;
    nodes: { group: string; attributes: { name?: string; value?: unknown } }[];
    messages?: { id: number; type: string }[];
  };
}

export class Visitor {
  private readonly cookies = new Map<string, string>();
  /** The flow in which a password can be chosen, once a recovery has led there. */
  private settings: string | undefined;

  constructor(private readonly publicUrl: string) {}

  /** @returns whether Kratos lets them in */
  async logIn(identifier: string, password: string): Promise<boolean> {
    const flow = await this.flow(`${this.publicUrl}/self-service/login/api`);
    const body = { method: 'password', identifier, password };
    return (await this.post(flow.ui.action, body)).ok;
  }

  /**
   * Signs in with the account that they have elsewhere.
   * @returns their identity's id; undefined where Kratos does not let them in
   */
  async signInWith(provider: string): Promise<string | undefined> {
    const flow = await this.flow(`${this.publicUrl}/self-service/login/browser`);
    const body = { method: 'oidc', provider, csrf_token: csrfOf(flow) };
    const answer = await this.post(flow.ui.action, body);
    const said = (await answer.json()) as { redirect_browser_to?: string };
    let at: string | null = said.redirect_browser_to ?? null;
    // To the provider, and back to Kratos, which sends them on.
    for (let hops = 0; at !== null && hops < 2; hops++) {
      at = (await this.get(new URL(at, this.publicUrl).href, 'text/html')).headers.get('location');
    }
    const session = await this.get(`${this.publicUrl}/sessions/whoami`, 'application/json');
    if (!session.ok) return undefined;
    return ((await session.json()) as { identity: { id: string } }).identity.id;
  }

  /** Opens the link of a mail, and enters its code where it has one. */
  async recover(mail: string): Promise<void> {
    const link = /https?:\/\/\S+\/recovery\?\S+/.exec(mail)?.[0];
    if (link === undefined) throw new Error('the mail has no link');
    const code = /^\s*(\d{6})\s*$/m.exec(mail)?.[1];
    await this.open(link, code);
  }

  /** Gets in by a link that an admin makes. */
  async recoverByAdmin(adminUrl: string, identifier: string): Promise<void> {
    const query = `credentials_identifier=${encodeURIComponent(identifier)}`;
    const [identity] = (await (await fetch(`${adminUrl}/admin/identities?${query}`)).json()) as {
      id: string;
    }[];
    const made = await fetch(`${adminUrl}/admin/recovery/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identity_id: identity!.id }),
    });
    await this.open(((await made.json()) as { recovery_link: string }).recovery_link);
  }

  async choosePassword(password: string): Promise<void> {
    if (this.settings === undefined) throw new Error('no recovery has led to the settings');
    const flow = await this.flow(
      `${this.publicUrl}/self-service/settings/flows?id=${this.settings}`,
    );
    const body = { method: 'password', password, csrf_token: csrfOf(flow) };
    const answer = await this.post(flow.ui.action, body);
    if (!answer.ok) throw new Error(`the password was not taken: ${answer.status}`);
  }

  private async open(link: string, code?: string): Promise<void> {
    let at: string | null = link;
    if (code !== undefined) {
      const id = new URL(link).searchParams.get('flow');
      const flow = await this.flow(`${this.publicUrl}/self-service/recovery/flows?id=${id}`);
      const body = { method: 'code', code, csrf_token: csrfOf(flow) };
      const answer = await this.post(flow.ui.action, body);
      const said = (await answer.json().catch(() => ({}))) as { redirect_browser_to?: string };
      at = said.redirect_browser_to ?? answer.headers.get('location');
    }
    for (let hops = 0; at !== null && hops < 5; hops++) {
      const url = new URL(at, this.publicUrl);
      if (url.pathname.endsWith('/settings')) {
        this.settings = url.searchParams.get('flow') ?? undefined;
        return;
      }
      at = (await this.get(url.href, 'text/html')).headers.get('location');
    }
    throw new Error('the recovery did not lead to the settings');
  }

  private async flow(url: string): Promise<Flow> {
    const answer = await this.get(url, 'application/json');
    if (!answer.ok) throw new Error(`no flow: ${answer.status}`);
    return (await answer.json()) as Flow;
  }

  private async get(url: string, accept: string): Promise<Response> {
    return this.send(url, { headers: { accept } });
  }

  private async post(url: string, body: object): Promise<Response> {
    const headers = { accept: 'application/json', 'content-type': 'application/json' };
    return this.send(url, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  private async send(url: string, request: RequestInit): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = new Headers(request.headers);
    if (cookie) headers.set('cookie', cookie);
    const answer = await fetch(url, { ...request, headers, redirect: 'manual' });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      this.cookies.set(name!, value!);
    }
    return answer;
  }
}

function csrfOf({ ui }: Flow): unknown {
  return ui.nodes.find(({ attributes }) => attributes.name === 'csrf_token')?.attributes.value;
}
