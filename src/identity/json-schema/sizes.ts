/** Keywords that bound how much a value has. */
import { isObject } from '../json-pointer.js';
import { countOf, type Keyword } from './place.js';
import { broken, NONE } from './violations.js';

export const minLength = atLeast(charactersOf, 'characters');
export const maxLength = atMost(charactersOf, 'characters');
export const minItems = atLeast(itemsOf, 'items');
export const maxItems = atMost(itemsOf, 'items');
export const minProperties = atLeast(propertiesOf, 'properties');
export const maxProperties = atMost(propertiesOf, 'properties');

/** How much a value has; undefined where the keyword is not for values of its type. */
type Size = (value: unknown) => number | undefined;

function atLeast(sizeOf: Size, things: string): Keyword {
  return (operand, place) => {
    const least = countOf(operand, place);
    const wrong = broken(`must not have fewer than ${least} ${things}`);
    return (value) => ((sizeOf(value) ?? least) < least ? wrong : NONE);
  };
}

function atMost(sizeOf: Size, things: string): Keyword {
  return (operand, place) => {
    const most = countOf(operand, place);
    const wrong = broken(`must not have more than ${most} ${things}`);
    return (value) => ((sizeOf(value) ?? most) > most ? wrong : NONE);
  };
}

/** Characters beyond U+FFFF have two units of UTF-16. */
function charactersOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  let pairs = 0;
  for (let i = 1; i < value.length; i++) {
    const isLow = (value.charCodeAt(i) & 0xfc00) === 0xdc00;
    if (isLow && (value.charCodeAt(i - 1) & 0xfc00) === 0xd800) pairs++;
  }
  return value.length - pairs;
}

function itemsOf(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function propertiesOf(value: unknown): number | undefined {
  return isObject(value) ? Object.keys(value).length : undefined;
}
