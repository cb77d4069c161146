// All users of a Kratos, page by page.
const PAGE = 500;

/**
 * @param {string} adminUrl
 * @returns {AsyncGenerator<{id: string, traits: Record<string, string>}>}
 */
export async function* listUsers(adminUrl) {
  /** @type {string | undefined} */
  let next = `/admin/identities?page_size=${PAGE}`;
  while (next !== undefined) {
    const answer = await fetch(new URL(next, adminUrl));
    if (!answer.ok) throw new Error(`Kratos cannot list users [status=${answer.status}]`);
    /** @type {{id: string, traits: Record<string, string>}[]} */
    const users = /** @type {any} */ (await answer.json());
    yield* users;
    next = /<([^>]+)>;\s*rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
}
