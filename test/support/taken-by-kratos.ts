/** What Kratos takes, asked by creating users. */
export interface AskedTrait {
  schemaId: string;
  trait: string;
  value: unknown;
}

interface BatchAnswer {
  identities: { action: string; error?: { code: number } }[];
}

/** Whether Kratos takes each value as a trait; 1000 at most. */
export async function takenByKratos(adminUrl: string, asked: AskedTrait[]): Promise<boolean[]> {
  const identities = asked.map(({ schemaId, trait, value }) => ({
    create: { schema_id: schemaId, traits: { [trait]: value } },
  }));
  const response = await fetch(`${adminUrl}/admin/identities`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identities }),
  });
  if (!response.ok) throw new Error(`Kratos answered ${response.status}: ${await response.text()}`);
  const { identities: answers } = (await response.json()) as BatchAnswer;
  // 409: the value is right, and another user has it already.
  return answers.map(({ action, error }) => action === 'create' || error?.code === 409);
}
