/** So many users at once: between reading one of them and deleting it there is one write to the store. */
const AT_ONCE = 16;

export function groupsOf<T>(items: T[]): T[][] {
  const count = Math.ceil(items.length / AT_ONCE);
  return Array.from({ length: count }, (_, i) => items.slice(i * AT_ONCE, (i + 1) * AT_ONCE));
}
