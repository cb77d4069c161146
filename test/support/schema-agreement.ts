/** Questions about a schema's rules, to a running Kratos and to this program. */
import { DEFINITIONS, FORMAT_VALUES, KEYWORD_CASES, type SchemaCase } from './schema-cases.js';

export const DRAFTS = [4, 6, 7];

/** What is asked of one schema in one draft. */
export interface Questions {
  draft: number;
  schema: object;
  /** Whether other drafts have other answers. */
  dependsOnDraft: boolean;
  answers: [value: unknown, isTaken: boolean][];
}

/** Every case, in each draft that it is for. */
export function questionsOf(draft: number): Questions[] {
  const formats = Object.entries(FORMAT_VALUES).map(([format, values]): SchemaCase => {
    // What a format takes does not depend on the draft.
    return { schema: { type: 'string', format }, drafts: [7], ...values };
  });
  return [...formats, ...KEYWORD_CASES]
    .filter(({ drafts = DRAFTS }) => drafts.includes(draft))
    .map(({ schema, drafts, since = 4, taken, refused }) => ({
      draft,
      schema,
      dependsOnDraft: since > 4 || drafts !== undefined,
      answers: [
        ...taken.map((value): [unknown, boolean] => [value, true]),
        ...refused.map((value): [unknown, boolean] => [value, draft < since]),
      ],
    }));
}

/** A schema whose traits have the schemas of some questions. */
export function schemaFor(draft: number, schemas: object[]): Record<string, unknown> {
  const traits = Object.fromEntries(schemas.map((schema, i) => [`t${i}`, schema]));
  return {
    $schema: `http://json-schema.org/draft-0${draft}/schema#`,
    type: 'object',
    properties: { traits: { type: 'object', properties: traits } },
    definitions: DEFINITIONS,
  };
}
