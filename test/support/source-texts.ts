import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** The texts that an expression of the source may have, with `…` for a value. */
function textsIn(node: ts.Node): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) {
    return [node.head.text + node.templateSpans.map((span) => `…${span.literal.text}`).join('')];
  }
  if (ts.isConditionalExpression(node)) {
    return [...textsIn(node.whenTrue), ...textsIn(node.whenFalse)];
  }
  return [];
}

/** The texts in the arguments of calls of these functions in a file, also by way of its constants. */
export function textsGivenTo(file: string, names: string[]): string[] {
  const calls = callsOf(file, names);
  const constants = calls[0] ? constantsIn(calls[0].getSourceFile()) : [];
  return calls
    .flatMap((call) => [...call.arguments])
    .flatMap((given) => {
      if (!ts.isIdentifier(given)) return textsIn(given);
      return constants
        .filter(({ name }) => name === given.text)
        .flatMap(({ value }) => textsIn(value));
    })
    .filter(isSaid);
}

function constantsIn(source: ts.SourceFile): { name: string; value: ts.Expression }[] {
  const constants: { name: string; value: ts.Expression }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      constants.push({ name: node.name.text, value: node.initializer });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return constants;
}

/** Calls of these functions in a file, also by way of `it.each(…)(…)`, in its order. */
export function callsOf(file: string, names: string[]): ts.CallExpression[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && names.includes(calledName(node))) calls.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return calls;
}

function calledName(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) {
    return calledName(node.expression);
  }
  return ts.isTaggedTemplateExpression(node) ? calledName(node.tag) : '';
}

const isSaid = (text: string): boolean =>
  text.includes(' ') && (text.match(/[A-Za-z]{2,}/g) ?? []).length > 1;

/** All texts of a file of more than one word. */
export function sentencesIn(file: string): string[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(file, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const sentences: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      sentences.push(...textsIn(node).filter(isSaid));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sentences;
}
