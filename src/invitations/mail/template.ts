/** Templates in Liquid, which can do nothing but put values into a text. */
import { Liquid, type LiquidOptions } from 'liquidjs';

/** A value that is not given is null, which `{% if %}` takes for false. */
export type Variables = Record<string, string | null>;

/** A template, ready to be filled in. */
export type Template<T extends Variables> = (variables: T) => string;

const OPTIONS: LiquidOptions = {
  strictFilters: true,
  strictVariables: true,
  ownPropertyOnly: true,
  // The files that a template may include: none.
  templates: {},
};
const TEXT = new Liquid(OPTIONS);
const HTML = new Liquid({ ...OPTIONS, outputEscape: 'escape' });

/** A template that cannot be used; the message names file and place. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/**
 * @param file its name, for messages; in a name that ends in `.html` each value is escaped
 * @param examples the template is tried with each; together they have every variable
 * @throws TemplateError
 */
export function parseTemplate<T extends Variables>(
  source: string,
  file: string,
  examples: T[],
): Template<T> {
  const engine = file.endsWith('.html') ? HTML : TEXT;
  try {
    const parsed = engine.parse(source, file);
    refuseUnknown(engine.analyzeSync(parsed, { partials: false }).globals, file, examples);
    const fill = (variables: T) => engine.renderSync(parsed, variables) as string;
    examples.forEach(fill);
    return fill;
  } catch (error) {
    if (error instanceof TemplateError) throw error;
    const { message, token } = error as LiquidFailure;
    // Liquid's own description of the place sometimes leaves out the file.
    throw failure(file, token.getPosition(), message.replace(/, (file|line):.*$/s, ''));
  }
}

/** What Liquid throws. */
interface LiquidFailure {
  message: string;
  token: { getPosition(): [line: number, column: number] };
}

type Uses = Record<string, { location: { row: number; col: number } }[]>;

/** Filling in the examples does not find an unknown variable in a branch that no example takes. */
function refuseUnknown(uses: Uses, file: string, examples: Variables[]): void {
  const known = new Set(examples.flatMap((variables) => Object.keys(variables)));
  for (const [name, [use]] of Object.entries(uses)) {
    if (known.has(name)) continue;
    const { row, col } = use!.location;
    throw failure(file, [row, col], `there is no ${name}; there are ${[...known].join(', ')}`);
  }
}

function failure(file: string, [line, column]: [number, number], what: string): TemplateError {
  return new TemplateError(`${file}, line ${line}, column ${column}: ${what}`);
}
