/** Keywords for numbers. */
import { flagOf, numberOf, type Keyword } from './place.js';
import { isMultiple } from './multiples.js';
import { broken, NONE } from './violations.js';

interface Bound {
  sign: string;
  holds: (value: number, limit: number) => boolean;
}

const ABOVE: Bound = { sign: '>', holds: (value, limit) => value > limit };
const BELOW: Bound = { sign: '<', holds: (value, limit) => value < limit };
const FROM: Bound = { sign: '>=', holds: (value, limit) => value >= limit };
const TO: Bound = { sign: '<=', holds: (value, limit) => value <= limit };

export const minimum: Keyword = (operand, place) =>
  place.schema['exclusiveMinimum'] === true
    ? keep(ABOVE)(operand, place)
    : keep(FROM)(operand, place);

export const maximum: Keyword = (operand, place) =>
  place.schema['exclusiveMaximum'] === true
    ? keep(BELOW)(operand, place)
    : keep(TO)(operand, place);

export const exclusiveMinimum = exclusive(ABOVE, 'minimum');
export const exclusiveMaximum = exclusive(BELOW, 'maximum');

export const multipleOf: Keyword = (operand, place) => {
  const of = numberOf(operand, place);
  if (of <= 0) throw place.compiler.fault(place.path, 'there must be a number above 0');
  const wrong = broken(`must be a multiple of ${of}`);
  return (value) => (typeof value !== 'number' || isMultiple(value, of) ? NONE : wrong);
};

function keep({ sign, holds }: Bound): Keyword {
  return (operand, place) => {
    const limit = numberOf(operand, place);
    const wrong = broken(`must be ${sign} ${limit}`);
    return (value) => (typeof value !== 'number' || holds(value, limit) ? NONE : wrong);
  };
}

/** A bound of its own from draft 6 on; in draft 4 it says how the one beside it is meant. */
function exclusive(bound: Bound, beside: string): Keyword {
  return (operand, place) => {
    const { draft, fault } = place.compiler;
    if (draft > 4) return keep(bound)(operand, place);
    flagOf(operand, place);
    if (Object.hasOwn(place.schema, beside)) return undefined;
    throw fault(place.path, `there must be "${beside}" beside it`);
  };
}
