/**
 * Messages as the command line spells them. What is to be done is written in them as a part of an import's input,
 * `"columns": {"Mail":"traits.email"}`, which is ready-made for whoever starts imports with JSON; here the same becomes
 * options.
 */
import type { CommandName } from '../contract/import/commands.js';
import { word } from '../shell.js';

/** The options for the value of a key. A message is written by this program: its parts are what an input has. */
const SPELLINGS: Record<string, (value: never) => string[]> = {
  columns: (columns: Record<string, string>) =>
    Object.entries(columns).map(([name, to]) => option('column', `${name}=${to}`)),
  values: (columns: Record<string, Record<string, string>>) =>
    Object.entries(columns).flatMap(([name, texts]) =>
      Object.entries(texts).map(([from, to]) =>
        option('value', `${escaped(name)}:${escaped(from)}=${to}`),
      ),
    ),
  defaults: (texts: Record<string, string>) =>
    Object.entries(texts).map(([name, text]) => option('default', `${escaped(name)}=${text}`)),
  allow: (names: string[]) => [option('allow', names.join(','))],
  onInvalid: (what: string) => [option('on-invalid', what)],
  csv: (settings: Record<string, string | number | string[]>) =>
    Object.entries(settings).map(([key, value]) =>
      option(kebab(key), Array.isArray(value) ? value.join(',') : String(value)),
    ),
};

function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Commands that have another name in Temporal, where they are updates. */
const TYPED: Partial<Record<CommandName, string>> = {
  setMode: 'mode',
  setConcurrency: 'concurrency',
  setEmailRate: 'email-rate',
  releaseInvitations: 'release-invitations',
};

/** The commands that a notice or a refusal names, as they are typed. */
export function asCommands(message: string): string {
  return message.replaceAll(
    /\b(?:set(?:Mode|Concurrency|EmailRate)|releaseInvitations)\b/g,
    (name) => TYPED[name as CommandName]!,
  );
}

/** The parts of an input that a message holds become options of the command line. */
export function asOptions(message: string): string {
  const start = new RegExp(`"(${Object.keys(SPELLINGS).join('|')})": ?(?=[{["])`, 'g');
  let spelled = '';
  let done = 0;
  for (let found = start.exec(message); found; found = start.exec(message)) {
    const end = endOfJson(message, start.lastIndex);
    const options = end && optionsFor(found[1]!, message.slice(start.lastIndex, end));
    // A message may have been cut, or speak of the key alone.
    if (!end || !options) continue;
    spelled += message.slice(done, found.index) + options;
    done = end;
    start.lastIndex = end;
  }
  return spelled + message.slice(done);
}

function optionsFor(key: string, json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if ((typeof value === 'string') !== (key === 'onInvalid')) return undefined;
    return SPELLINGS[key]!(value as never).join(' ');
  } catch {
    return undefined;
  }
}

function option(name: string, value: string): string {
  return `--${name} ${word(value)}`;
}

/** As `--value` and `--default` read it. */
function escaped(text: string): string {
  return text.replaceAll(/[\\:=]/g, '\\$&');
}

/** The position after the object, list or string that begins somewhere. */
function endOfJson(text: string, start: number): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i]!;
    if (isInString) {
      if (char === '\\') i++;
      else if (char === '"') {
        isInString = false;
        if (depth === 0) return i + 1;
      }
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return i + 1;
  }
  return undefined;
}
