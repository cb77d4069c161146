/**
 * The pages that a platform has in front of Kratos: signing in, getting back in, choosing a password. Without them the
 * link of an invitation would lead nowhere.
 *
 * Browsers keep cookies by host and not by port, so that those of Kratos on another port of 127.0.0.1 come here, too.
 * Forms go to Kratos itself, which checks its own CSRF token and sends the browser back.
 */
import { KratosPublic, Refusal, type FlowKind } from './kratos-flow.js';
import { createFlowPages, type FlowPages } from './flow-pages.js';
import { servePages, type Answer, type PageServer } from './serve.js';

export interface PlatformOptions {
  port: number;
  kratosPublicUrl: string;
  /** The name of the platform, as in its mails. */
  app: string;
  /** The identity schema's traits with their titles, in the order in which they are shown. */
  traits: Record<string, { title: string }>;
}

const FLOWS = new Map<string, FlowKind>([
  ['/login', 'login'],
  ['/recovery', 'recovery'],
  ['/settings', 'settings'],
  ['/verification', 'verification'],
]);

export function startPlatform(options: PlatformOptions): Promise<PageServer> {
  const { port, kratosPublicUrl, app, traits } = options;
  const kratos = new KratosPublic(kratosPublicUrl);
  const pages = createFlowPages(app, traits);
  return servePages(port, [kratosPublicUrl], async (url, { headers: { cookie } }) => {
    const kind = FLOWS.get(url.pathname);
    const query = url.searchParams;
    if (kind) return showFlow({ kratos, pages }, kind, query.get('flow'), cookie);
    switch (url.pathname) {
      case '/':
        return { body: pages.home(await kratos.signedIn(cookie)) };
      case '/sign-out':
        return { goTo: (await kratos.signOutUrl(cookie)) ?? '/login' };
      case '/error':
        return {
          body: pages.refused(await kratos.errorReason(query.get('id') ?? ''), '/'),
          status: 400,
        };
      default:
        return { body: pages.refused('There is no such page.', '/'), status: 404 };
    }
  });
}

async function showFlow(
  { kratos, pages }: { kratos: KratosPublic; pages: FlowPages },
  kind: FlowKind,
  id: string | null,
  cookie: string | undefined,
): Promise<Answer> {
  if (id === null) return { goTo: kratos.begin(kind) };
  const flow = await kratos.flow(kind, id, cookie);
  if (!(flow instanceof Refusal)) return { body: pages.flow(kind, flow) };
  return { body: pages.refused(flow.reason, `/${kind}`), status: flow.status };
}
