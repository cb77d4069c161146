/** Kratos's flows as HTML: its messages, and its forms with the fields that Kratos wants. */
import { html, type Markup, type Part } from '../../../src/report/page/markup.js';
import type { Flow, FlowKind, Identity, Message, Node } from './kratos-flow.js';
import { page } from './page.js';

export interface FlowPages {
  flow(kind: FlowKind, flow: Flow): string;
  /** @param identity of the person who is signed in; undefined when nobody is */
  home(identity: Identity | undefined): string;
  /** @param again where the person may start anew */
  refused(reason: string, again: string): string;
}

const TITLES: Record<FlowKind, string> = {
  login: 'Sign in',
  recovery: 'Get back in',
  settings: 'Choose a password',
  verification: 'Verify your address',
};

/** Of the settings, a person chooses a password here and edits nothing else. */
const SETTINGS_GROUPS = new Set(['default', 'password']);

/**
 * @param app the name of the platform
 * @param traits with their titles, in the order in which they are shown
 */
export function createFlowPages(app: string, traits: Record<string, { title: string }>): FlowPages {
  const show = (title: string, ...content: Part[]) => page({ over: app, title }, ...content);

  /** The account as the import has made it. */
  const account = (identity: Identity | undefined): Part =>
    identity &&
    html`<dl>
      ${Object.entries(traits).map(
        ([trait, { title }]) =>
          html`<dt>${title}</dt>
            <dd><bdi>${textOf(identity.traits[trait])}</bdi></dd>`,
      )}
    </dl>`;

  const passwordSet = ({ identity }: Flow): string =>
    show(
      'Password set',
      html`<p class="message good">From now on you sign in with it.</p>`,
      account(identity),
      html`<p><a href="/sign-out">Sign out, and sign in with the password</a></p>`,
    );

  return {
    flow(kind, flow) {
      if (kind === 'settings' && flow.state === 'success') return passwordSet(flow);
      const { action, method, messages = [], nodes } = flow.ui;
      const fields =
        kind === 'settings' ? nodes.filter(({ group }) => SETTINGS_GROUPS.has(group)) : nodes;
      return show(
        TITLES[kind],
        messages.map((said) => message(kind === 'settings' ? inOwnWords(said) : said)),
        account(flow.identity),
        html`<form action="${action}" method="${method}">${fields.map(field)}</form>`,
        kind === 'login' && html`<p><a href="/recovery">Forgot your password?</a></p>`,
      );
    },

    home: (identity) =>
      identity
        ? show(
            'You are signed in',
            account(identity),
            html`<p><a href="/settings">Choose another password</a></p>`,
            html`<p><a href="/sign-out">Sign out</a></p>`,
          )
        : show(
            'Welcome',
            html`<p>You are not signed in.</p>`,
            html`<p><a href="/login">Sign in</a></p>`,
            html`<p><a href="/recovery">Forgot your password?</a></p>`,
          ),

    refused: (reason, again) =>
      show(
        'That did not work',
        html`<p class="message bad">${reason}</p>`,
        html`<p><a href="${again}">Start again</a></p>`,
      ),
  };
}

/** Kratos has "recovered" an account that is new, and grants "60.00 minutes". */
function inOwnWords(said: Message): Message {
  return said.type === 'success'
    ? { ...said, text: 'Your mail has signed you in. Choose the password for the next time.' }
    : said;
}

function message({ text, type }: Message): Markup {
  const mood = type === 'error' ? 'bad' : type === 'success' ? 'good' : '';
  return html`<p class="message ${mood}">${text}</p>`;
}

function field({ type, attributes, messages = [], meta }: Node): Part {
  // Scripts and pictures belong to ways to sign in that need more than a form.
  if (type !== 'input' || attributes.name === undefined) return undefined;
  const { name, type: kind = 'text', required, autocomplete } = attributes;
  const value = textOf(attributes.value);
  const label = meta?.label?.text ?? name;
  if (kind === 'hidden') return html`<input type="hidden" name="${name}" value="${value}" />`;
  if (kind === 'submit') {
    // Another one asks for the code once more.
    const rank = name === 'method' ? '' : 'second';
    return html`<button class="${rank}" name="${name}" value="${value}">${label}</button> `;
  }
  if (kind === 'button') return undefined;
  return html`<label class="label"
      >${label}
      <input
        type="${kind}"
        name="${name}"
        value="${value}"
        ${autocomplete !== undefined && html`autocomplete="${autocomplete}"`}
        ${required === true && 'required'}
    /></label>
    ${messages.map(message)}`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
