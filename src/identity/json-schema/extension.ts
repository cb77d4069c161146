/** What Kratos's own keyword, `ory.sh/kratos`, asks of a value beside the schema's rules. */
import { isObject, valueAt } from '../json-pointer.js';
import { FORMATS } from './formats.js';
import type { Keyword } from './place.js';
import { broken, NONE, type Check } from './violations.js';

export const extension: Keyword = (operand, { schema, path, compiler }) => {
  if (!isObject(operand)) throw compiler.fault(path, 'there must be an object');
  const rules = [
    codeRule(operand),
    verificationRule(operand, schema),
    recoveryRule(operand, schema),
  ];
  const checks = rules.filter((rule) => rule !== undefined);
  if (checks.length === 0) return undefined;
  // Kratos stops at the first that is broken.
  return (value) => {
    for (const check of checks) {
      const found = check(value);
      if (found !== NONE) return found;
    }
    return NONE;
  };
};

type Config = Record<string, unknown>;

function codeRule(operand: Config): Check | undefined {
  const code = valueAt(operand, ['credentials', 'code']);
  if (!isObject(code) || code['identifier'] !== true) return undefined;
  if (code['via'] === 'sms') return mustBe('tel');
  return code['via'] === 'email' ? undefined : never('"code" needs a "via", email or sms');
}

function verificationRule(operand: Config, schema: Config): Check | undefined {
  const via = viaOf(operand, 'verification');
  if (via === '' || (schema['format'] ?? '') !== '') return undefined;
  if (via === 'email') return mustBe('email');
  return never('"verification" needs a "format" beside it, for example "no-validate"');
}

/** v1.3.1 knows no recovery by message and refuses every value; later versions take phone numbers. */
function recoveryRule(operand: Config, schema: Config): Check | undefined {
  const via = viaOf(operand, 'recovery');
  if (via === '') return undefined;
  if (via !== 'email' && via !== 'sms') return never('"recovery" is via email or sms');
  const format = via === 'email' ? 'email' : 'tel';
  // Asked already where the schema says it, too, as nearly all do.
  return schema['format'] === format ? undefined : mustBe(format);
}

function viaOf(operand: Config, use: string): unknown {
  return valueAt(operand, [use, 'via']) ?? '';
}

function mustBe(format: string): Check {
  const matches = FORMATS.get(format)!;
  const wrong = broken(`must match format "${format}"`);
  return (value) => (typeof value === 'string' && matches(value) ? NONE : wrong);
}

function never(rule: string): Check {
  const wrong = broken(`is refused by Kratos, whatever it is: in the schema, ${rule}`);
  return () => wrong;
}
