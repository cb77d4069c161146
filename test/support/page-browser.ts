/** A browser without scripts: follows links and redirects, keeps cookies, fills in the one form of a page. */
export class PageBrowser {
  url = '';
  /** Of the open page. */
  html = '';
  status = 0;
  /** By host, and not by port, as browsers keep them. */
  private readonly cookies = new Map<string, Map<string, string>>();

  /** @param address may be relative to the open page */
  async open(address: string): Promise<void> {
    await this.follow(new URL(address, this.url || undefined), {});
  }

  /** Opens the link of the page with that text. */
  async openLink(text: string): Promise<void> {
    const link = [...this.html.matchAll(/<a\s[^>]*href="([^"]*)"[^>]*>([^<]*)</g)].find(
      ([, , shown]) => shown?.trim() === text,
    );
    if (!link) throw new Error(`no link "${text}" on ${this.url}:\n${this.html}`);
    await this.open(unescaped(link[1]!));
  }

  /** Fills in the page's form and presses its first button. */
  async submit(values: Record<string, string>): Promise<void> {
    const [, action] = /<form\s[^>]*action="([^"]*)"/.exec(this.html) ?? [];
    if (action === undefined) throw new Error(`no form on ${this.url}:\n${this.html}`);
    const tags = [...this.html.matchAll(/<(?:input|button)\s[^>]*>/g)].map(([tag]) => tag);
    const button = tags.find((tag) => tag.startsWith('<button'));
    const fields = tags.filter((tag) => tag === button || tag.startsWith('<input'));
    const body = new URLSearchParams();
    for (const tag of fields) body.set(attribute(tag, 'name'), attribute(tag, 'value'));
    for (const [name, value] of Object.entries(values)) {
      if (!body.has(name)) throw new Error(`no field ${name} on ${this.url}:\n${this.html}`);
      body.set(name, value);
    }
    await this.follow(new URL(unescaped(action), this.url), { method: 'POST', body });
  }

  private async follow(first: URL, request: RequestInit): Promise<void> {
    let [url, sent] = [first, request];
    for (let hops = 0; hops < 10; hops++) {
      const answer = await fetch(url, {
        ...sent,
        headers: { accept: 'text/html', cookie: this.cookiesFor(url) },
        redirect: 'manual',
      });
      this.keepCookies(url, answer);
      const location = answer.headers.get('location');
      if (location === null) {
        [this.url, this.status, this.html] = [url.href, answer.status, await answer.text()];
        return;
      }
      await answer.arrayBuffer();
      [url, sent] = [new URL(location, url), {}];
    }
    throw new Error(`redirected in a circle, at last to ${url.href}`);
  }

  private cookiesFor({ hostname }: URL): string {
    return [...(this.cookies.get(hostname) ?? [])]
      .map(([name, value]) => `${name}=${value}`)
      .join('; ');
  }

  private keepCookies({ hostname }: URL, answer: Response): void {
    const kept = this.cookies.get(hostname) ?? new Map<string, string>();
    this.cookies.set(hostname, kept);
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (/;\s*max-age=0\b/i.test(cookie)) kept.delete(name!);
      else kept.set(name!, value!);
    }
  }
}

function attribute(tag: string, name: string): string {
  return unescaped(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
}

function unescaped(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
