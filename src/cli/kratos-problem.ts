import type { KratosError } from '../kratos/kratos.js';
import { CommandError, EXIT } from './exit.js';

/** What a command says of a Kratos that it cannot use. The address may hold a login, so only its setting is named. */
export function kratosProblem({ kind, message }: KratosError): CommandError {
  const [url = 'KRATOS_ADMIN_URL'] = /KRATOS_\w+_URL/.exec(message) ?? [];
  const setting = kind === 'unauthorized' ? 'KRATOS_ADMIN_TOKEN' : url;
  return new CommandError(`${message}. Is ${setting} right?`, EXIT.unreachable);
}
