/** Asks a running Kratos what it takes, and this program what it would. */
import { compileTraitCheck } from '../../src/identity/schema.js';

const DRAFTS = [4, 6, 7] as const;

export interface Question {
  schemaId: string;
  /** The one trait that is asked about. */
  trait: string;
  value: unknown;
}

/** A schema that has each of some traits. */
export function schemaWith(draft: number, traits: Record<string, object>, definitions: object) {
  return {
    $schema: `http://json-schema.org/draft-0${draft}/schema#`,
    type: 'object',
    properties: { traits: { type: 'object', properties: traits } },
    definitions,
  };
}

interface Answer {
  action: string;
  error?: { code: number };
}

/** What Kratos takes of the values, in their order. */
export async function takenByKratos(adminUrl: string, questions: Question[]): Promise<boolean[]> {
  const taken: boolean[] = [];
  for (let i = 0; i < questions.length; i += 1000) {
    const identities = questions.slice(i, i + 1000).map(({ schemaId, trait, value }) => ({
      create: { schema_id: schemaId, traits: { [trait]: value } },
    }));
    const response = await fetch(`${adminUrl}/admin/identities`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identities }),
    });
    const answer = (await response.json()) as { identities?: Answer[] };
    if (!answer.identities) throw new Error(`Kratos answered ${JSON.stringify(answer)}`);
    taken.push(...answer.identities.map(({ action, error }) => action === 'create' || error?.code === 409));
  }
  return taken;
}

/** What this program lets pass of them. */
export function takenHere(schemas: Record<string, object>, questions: Question[]): boolean[] {
  const checks = new Map(
    Object.entries(schemas).map(([id, json]) => [
      id,
      compileTraitCheck({ id, json: json as Record<string, unknown> }),
    ]),
  );
  return questions.map(
    ({ schemaId, trait, value }) => checks.get(schemaId)!({ [trait]: value }).length === 0,
  );
}

export { DRAFTS };
