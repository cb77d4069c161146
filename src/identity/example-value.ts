/** A value that a trait may have, invented. The schema check decides whether it is right. */
import { isObject, type JsonObject } from './json-pointer.js';

const BY_FORMAT: Record<string, string> = {
  email: 'ada@example.com',
  date: '1990-12-31',
  'date-time': '1990-12-31T12:00:00Z',
  time: '12:00:00Z',
  tel: '+12025550123',
  uri: 'https://example.com/',
  'uri-reference': 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
};

/** By what the last step of the trait's path says. */
const BY_NAME: [RegExp, string][] = [
  [/mail/i, 'ada@example.com'],
  [/phone|mobile|tel/i, '+12025550123'],
  [/first|given/i, 'Ada'],
  [/last|family|surname/i, 'Byron'],
  [/user_?name|login|nick/i, 'ada'],
  [/tenant/i, 't1'],
  [/lang|locale/i, 'en'],
  [/country/i, 'GB'],
];

/** @param name the last step of its path */
export function exampleValue(trait: JsonObject, name: string): unknown {
  const { examples, default: fallback, enum: allowed, items } = trait;
  const [first] = [examples, allowed].filter(Array.isArray).flat() as unknown[];
  const told = first ?? fallback ?? trait['const'];
  if (told !== undefined) return told;
  const types = [trait['type']].flat();
  if (types.includes('string') || types.includes(undefined)) return exampleText(trait, name);
  if (types.includes('boolean')) return true;
  if (types.includes('integer') || types.includes('number')) return exampleNumber(trait);
  if (types.includes('array')) return isObject(items) ? [exampleValue(items, name)] : [];
  return {};
}

function exampleText(trait: JsonObject, name: string): string {
  const { format, minLength = 0, maxLength = Infinity } = trait;
  const isPhone = JSON.stringify(trait['ory.sh/kratos'] ?? '').includes('"via":"sms"');
  const byFormat = typeof format === 'string' ? BY_FORMAT[format] : undefined;
  const [, byName] = BY_NAME.find(([pattern]) => pattern.test(name)) ?? [];
  const text = byFormat ?? (isPhone ? BY_FORMAT['tel'] : undefined) ?? byName ?? 'example';
  return byFormat ? text : text.padEnd(Number(minLength), 'a').slice(0, Number(maxLength));
}

/** `exclusiveMinimum` is a number, and in draft 4 whether `minimum` is one. */
function exampleNumber({ minimum, exclusiveMinimum, multipleOf }: JsonObject): number {
  const step = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : 1;
  const above = exclusiveMinimum === true ? minimum : exclusiveMinimum;
  if (typeof above === 'number') return (Math.floor(above / step) + 1) * step;
  return Math.ceil((typeof minimum === 'number' ? minimum : step) / step) * step;
}
