/**
 * The keywords of JSON Schema that Kratos knows, each as Kratos means it; of all others it takes no notice. Not among
 * them are `type` and `$ref`, which come before all others.
 */
import { extension } from './extension.js';
import * as lists from './lists.js';
import * as numbers from './numbers.js';
import * as objects from './objects.js';
import type { Keyword } from './place.js';
import * as sizes from './sizes.js';
import * as texts from './texts.js';
import * as values from './values.js';

const SINCE_DRAFT_4: Record<string, Keyword> = {
  enum: values.enumOf,
  format: values.format,
  not: values.not,
  allOf: values.allOf,
  anyOf: values.anyOf,
  oneOf: values.oneOf,
  definitions: values.definitions,
  'ory.sh/kratos': extension,
  minLength: sizes.minLength,
  maxLength: sizes.maxLength,
  minItems: sizes.minItems,
  maxItems: sizes.maxItems,
  minProperties: sizes.minProperties,
  maxProperties: sizes.maxProperties,
  pattern: texts.pattern,
  minimum: numbers.minimum,
  maximum: numbers.maximum,
  exclusiveMinimum: numbers.exclusiveMinimum,
  exclusiveMaximum: numbers.exclusiveMaximum,
  multipleOf: numbers.multipleOf,
  items: lists.items,
  uniqueItems: lists.uniqueItems,
  required: objects.required,
  dependencies: objects.dependencies,
};

const SINCE_DRAFT_6: Record<string, Keyword> = {
  const: values.constant,
  contains: lists.contains,
  propertyNames: objects.propertyNames,
};

const SINCE_DRAFT_7: Record<string, Keyword> = {
  if: values.condition,
  contentEncoding: texts.contentEncoding,
  contentMediaType: texts.contentMediaType,
};

/** One of them stands for all three: they share out what an object has. */
export const PROPERTIES = ['properties', 'patternProperties', 'additionalProperties'];

/** The keywords of a draft, by name. */
export function keywordsOf(draft: number): ReadonlyMap<string, Keyword> {
  return new Map(
    Object.entries({
      ...SINCE_DRAFT_4,
      ...(draft >= 6 && SINCE_DRAFT_6),
      ...(draft >= 7 && SINCE_DRAFT_7),
    }),
  );
}
