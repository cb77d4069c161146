/** Keywords for lists. */
import { compileFurther, flagOf, schemasOf, type Keyword } from './place.js';
import { isSame } from './values.js';
import { both, broken, NONE, within, type Check, type Violation } from './violations.js';

export const items: Keyword = (operand, place) => {
  if (!Array.isArray(operand)) {
    const check = place.compiler.compile(operand, place.path);
    return (value) => (Array.isArray(value) ? checkEach(value, () => check) : NONE);
  }
  const checks = schemasOf(operand, place);
  const further = compileFurther('additionalItems', 'must not have more items', place);
  return (value) => (Array.isArray(value) ? checkEach(value, (i) => checks[i] ?? further) : NONE);
};

function checkEach(
  list: unknown[],
  checkOf: (index: number) => Check | undefined,
): readonly Violation[] {
  let found = NONE;
  for (const [i, item] of list.entries()) {
    found = both(found, within(String(i), checkOf(i)?.(item) ?? NONE));
  }
  return found;
}

export const contains: Keyword = (operand, { path, compiler }) => {
  const check = compiler.compile(operand, path);
  const wrong = broken('must have an item as "contains" says');
  const matches = (item: unknown) => check(item) === NONE;
  return (value) => (Array.isArray(value) && !value.some(matches) ? wrong : NONE);
};

export const uniqueItems: Keyword = (operand, place) => {
  if (!flagOf(operand, place)) return undefined;
  const wrong = broken('must not have an item twice');
  return (value) => (Array.isArray(value) && hasTwins(value) ? wrong : NONE);
};

function hasTwins(list: unknown[]): boolean {
  return list.some((item, at) => list.slice(0, at).some((other) => isSame(item, other)));
}
