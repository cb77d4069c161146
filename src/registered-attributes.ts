/** Whether a namespace has the search attributes that SEARCH_ATTRIBUTES names: Temporal lets no workflow set others. */
import type { ConnectionLike } from '@temporalio/client';
import { SEARCHABLE, searchablesOf, type SearchAttributes } from './contract/search-attributes.js';
import { SettingsError } from './settings-error.js';

/** Of Temporal's IndexedValueType, by the names of the SDK. */
const TYPES = { KEYWORD: 2, INT: 3, BOOL: 5 } as const;
const CREATED_AS = { KEYWORD: 'Keyword', INT: 'Int', BOOL: 'Bool' } as const;

type Operator = Pick<ConnectionLike, 'operatorService'>;

/** @returns those that the namespace has, with the right type */
export async function registeredAttributes(
  { operatorService }: Operator,
  namespace: string,
  wanted: SearchAttributes,
): Promise<SearchAttributes> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const registered = searchablesOf(wanted).filter(([what, name]) => {
    const type: number | undefined = customAttributes[name];
    return type === TYPES[SEARCHABLE[what]];
  });
  return Object.fromEntries(registered);
}

/** @throws SettingsError that names what is missing, with the commands that make it */
export async function checkSearchAttributes(
  operator: Operator,
  namespace: string,
  wanted: SearchAttributes,
): Promise<void> {
  const registered = await registeredAttributes(operator, namespace, wanted).catch(
    (error: unknown) => {
      throw new SettingsError(
        `SEARCH_ATTRIBUTES is set, but the worker cannot see which search attributes the namespace "${namespace}" has (${reasonOf(error)}). Let it list them, or leave the setting out.`,
      );
    },
  );
  const missing = searchablesOf(wanted).filter(([what]) => registered[what] === undefined);
  if (missing.length === 0) return;
  const commands = missing.map(
    ([what, name]) =>
      `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${CREATED_AS[SEARCHABLE[what]]}`,
  );
  throw new SettingsError(
    `SEARCH_ATTRIBUTES names search attributes that the namespace "${namespace}" does not have, or has with another type. Make them:\n${commands.join('\n')}`,
  );
}

function reasonOf(error: unknown): string {
  const { details, message } = error as Error & { details?: string };
  return details || message;
}
