import type { PatchOperation } from '../../src/identity/identity.js';

type Json = Record<string, unknown>;

/**
 * Applies a JSON Patch as strictly as RFC 6902 words it: nothing is added below what is not there, and only what is
 * there is replaced. The document stays as it is.
 */
export function applyPatch<T extends object>(document: T, operations: PatchOperation[]): T {
  const changed = structuredClone(document);
  for (const operation of operations) {
    const { op, path } = operation;
    const steps = path.split('/').slice(1).map(unescape);
    const last = steps.pop()!;
    const parent = steps.reduce<unknown>((node, step) => below(node, path)[step], changed);
    const object = below(parent, path);
    if (op !== 'add' && !Object.hasOwn(object, last)) {
      throw new Error(`${path}: nothing to ${op}`);
    }
    if (op === 'remove') Reflect.deleteProperty(object, last);
    else object[last] = structuredClone(operation.value);
  }
  return changed;
}

function below(node: unknown, path: string): Json {
  if (typeof node === 'object' && node !== null && !Array.isArray(node)) return node as Json;
  throw new Error(`${path}: no object on the way`);
}

function unescape(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}
