/** Kratos's self-service flows, as a page gets them for the person whose cookies came with the request. */

/** The flows that there is a page for. */
export type FlowKind = 'login' | 'recovery' | 'settings' | 'verification';

export interface Message {
  text: string;
  type: string;
}

/** A part of a form. */
export interface Node {
  type: string;
  group: string;
  attributes: {
    name?: string;
    type?: string;
    value?: unknown;
    required?: boolean;
    autocomplete?: string;
  };
  messages?: Message[];
  meta?: { label?: { text: string } };
}

export interface Identity {
  traits: Record<string, unknown>;
}

export interface Flow {
  state?: string;
  ui: { action: string; method: string; nodes: Node[]; messages?: Message[] };
  /** Only of the settings. */
  identity?: Identity;
}

/** What Kratos said instead. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly reason: string,
  ) {}
}

/** Kratos's public API. Each call is on behalf of one person. */
export class KratosPublic {
  /** @param url without a slash at its end */
  constructor(readonly url: string) {}

  /** Where a browser begins a flow; Kratos sends it to the flow's page. */
  begin(kind: FlowKind): string {
    return `${this.url}/self-service/${kind}/browser`;
  }

  flow(kind: FlowKind, id: string, cookie: string | undefined): Promise<Flow | Refusal> {
    const query = new URLSearchParams({ id }).toString();
    return this.get<Flow>(`/self-service/${kind}/flows?${query}`, cookie);
  }

  /** @returns undefined when nobody is signed in */
  async signedIn(cookie: string | undefined): Promise<Identity | undefined> {
    const session = await this.get<{ identity: Identity }>('/sessions/whoami', cookie);
    return session instanceof Refusal ? undefined : session.identity;
  }

  /** @returns undefined when nobody is signed in */
  async signOutUrl(cookie: string | undefined): Promise<string | undefined> {
    const made = await this.get<{ logout_url: string }>('/self-service/logout/browser', cookie);
    return made instanceof Refusal ? undefined : made.logout_url;
  }

  /** The error that a browser was sent to the error page for. */
  async errorReason(id: string): Promise<string> {
    const query = new URLSearchParams({ id }).toString();
    const found = await this.get<{ error: { reason?: string; message?: string } }>(
      `/self-service/errors?${query}`,
      undefined,
    );
    return found instanceof Refusal
      ? found.reason
      : (found.error.reason ?? found.error.message ?? '');
  }

  private async get<Answer extends object>(
    path: string,
    cookie: string | undefined,
  ): Promise<Answer | Refusal> {
    const headers = { accept: 'application/json', ...(cookie !== undefined && { cookie }) };
    const answer = await fetch(`${this.url}${path}`, { headers, redirect: 'manual' });
    const body = (await answer.json().catch(() => ({}))) as Answer & {
      error?: { reason?: string; message?: string };
    };
    if (answer.ok) return body;
    const reason = body.error?.reason ?? body.error?.message ?? 'Kratos gave no reason.';
    return new Refusal(answer.status, reason);
  }
}
