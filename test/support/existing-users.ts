/** Creates users in Kratos before an import, and not through it, as another program would. */
import bcrypt from 'bcrypt';

export interface ExistingUser {
  traits: Record<string, unknown>;
  state?: 'active' | 'inactive';
  metadata_public?: Record<string, unknown>;
  metadata_admin?: Record<string, unknown>;
}

const A_REQUEST = 500;

/** @param password the password of each of them */
export async function createUsers(
  adminUrl: string,
  schemaId: string,
  users: ExistingUser[],
  password: string,
): Promise<void> {
  const hashed_password = await bcrypt.hash(password, 4);
  for (let i = 0; i < users.length; i += A_REQUEST) {
    const identities = users.slice(i, i + A_REQUEST).map((user) => ({
      create: {
        schema_id: schemaId,
        credentials: { password: { config: { hashed_password } } },
        ...user,
      },
    }));
    const response = await fetch(`${adminUrl}/admin/identities`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identities }),
    });
    const answer = (await response.json()) as { identities?: { action: string }[] };
    if (!answer.identities?.every(({ action }) => action === 'create')) {
      throw new Error(`creating users: ${response.status}`);
    }
  }
}
