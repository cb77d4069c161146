import { describe, expect, it } from 'vitest';
import { createFlowPages } from '../../../../../dev/servers/pages/flow-pages.js';
import type { Node } from '../../../../../dev/servers/pages/kratos-flow.js';

const pages = createFlowPages('Example', { email: { title: 'E-mail' }, role: { title: 'Role' } });

const field = (group: string, attributes: Node['attributes'], label = ''): Node => ({
  type: 'input',
  group,
  attributes,
  meta: { label: { text: label } },
});
const CSRF = field('default', { name: 'csrf_token', type: 'hidden', value: 'tok"en' });
const ui = (...nodes: Node[]) => ({ action: 'http://k/submit?flow=1&x=2', method: 'POST', nodes });

describe('the page of a flow', () => {
  it('has the fields that Kratos wants, with its token, and sends them to Kratos', () => {
    const page = pages.flow('login', {
      ui: ui(
        CSRF,
        field('default', { name: 'identifier', type: 'text', required: true }, 'E-mail'),
        field('password', { name: 'method', type: 'submit', value: 'password' }, 'Sign in'),
      ),
    });
    expect(page).toContain('<form action="http://k/submit?flow=1&#38;x=2" method="POST">');
    expect(page).toContain('<input type="hidden" name="csrf_token" value="tok&#34;en" />');
    expect(page).toMatch(/<input\s+type="text"\s+name="identifier"\s+value=""\s+required/);
    expect(page).toMatch(/<button class="" name="method" value="password">Sign in<\/button>/);
  });

  it('of the settings has a password to choose, and no other trait to edit', () => {
    const page = pages.flow('settings', {
      ui: ui(
        CSRF,
        field('profile', { name: 'traits.role', type: 'text', value: 'admin' }),
        field('password', { name: 'password', type: 'password' }),
      ),
      identity: { traits: { email: 'ann@example.com', secret: 'x' } },
    });
    expect(page).toContain('csrf_token');
    expect(page).toMatch(/type="password"/);
    expect(page).not.toContain('traits.role');
    expect(page).toContain('<bdi>ann@example.com</bdi>');
  });

  it('takes every value from outside for text', () => {
    const hostile = '<script>"run"</script>';
    const page = pages.flow('settings', {
      ui: {
        ...ui(field('password', { name: hostile, type: 'text', value: hostile }, hostile)),
        messages: [{ text: hostile, type: 'error' }],
      },
      identity: { traits: { email: hostile } },
    });
    expect(page).not.toContain('<script');
    expect(pages.refused(hostile, '/')).not.toContain('<script');
    expect(pages.home({ traits: { email: hostile } })).not.toContain('<script');
  });
});
