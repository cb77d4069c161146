/** Values within JSON, and JSON pointers to them (RFC 6901). */

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path; undefined where there is none. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let node = root;
  for (const key of path) node = (node as JsonObject | null | undefined)?.[key];
  return node;
}

/** Puts a value at a path, and makes the objects on the way that are not there. */
export function setAt(root: JsonObject, path: readonly string[], value: unknown): void {
  const last = path.length - 1;
  let node = root;
  for (let i = 0; i < last; i++) node = (node[path[i]!] ??= {}) as JsonObject;
  node[path[last]!] = value;
}

/** The values at a path in which `*` stands for each entry of a list or an object. */
export function valuesAt(root: unknown, path: readonly string[]): unknown[] {
  return path.reduce<unknown[]>(
    (nodes, step) =>
      nodes.flatMap((node) => {
        if (typeof node !== 'object' || node === null) return [];
        const entries = node as JsonObject;
        return step === '*' ? Object.values(entries) : [entries[step]];
      }),
    [root],
  );
}

/** A value with those at a path, in which `*` stands for each entry, changed; the one that is given stays as it is. */
export function mapAt(
  root: unknown,
  path: readonly string[],
  change: (value: unknown) => unknown,
): unknown {
  const [step, ...below] = path;
  if (step === undefined) return change(root);
  if (Array.isArray(root)) {
    return step === '*' ? root.map((entry) => mapAt(entry, below, change)) : root;
  }
  if (!isObject(root)) return root;
  return Object.fromEntries(
    Object.entries(root).map(([key, value]) => [
      key,
      step === '*' || step === key ? mapAt(value, below, change) : value,
    ]),
  );
}

/** Whether objects and lists are within each other to more levels than `most`, which is also how deep this recurses. */
export function isNestedDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((child) => isNestedDeeper(child, most - 1));
}

/** `['traits', 'a/b']` as `/traits/a~1b`. */
export function toPointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** `/traits/a~1b` as `['traits', 'a/b']`. */
export function fromPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
