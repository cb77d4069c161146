import type { KratosError } from '../kratos/kratos.js';
import { CommandError, EXIT } from './exit.js';

/** What a command says of a Kratos that it cannot use. The address may hold a login, so only its setting is named. */
export function kratosProblem({ kind, message }: KratosError): CommandError {
  const url = message.includes('KRATOS_PUBLIC_URL') ? 'KRATOS_PUBLIC_URL' : undefined;
  // No token goes to the public port.
  const admin = kind === 'unauthorized' ? 'KRATOS_ADMIN_TOKEN' : 'KRATOS_ADMIN_URL';
  return new CommandError(`${message}. Is ${url ?? admin} right?`, EXIT.unreachable);
}
