import type { KratosError } from '../kratos/kratos.js';
import { CommandError, EXIT } from './exit.js';

/** What a command says of a Kratos that it cannot use. The address may hold a login, so only its setting is named. */
export function kratosProblem({ kind, message, details }: KratosError): CommandError {
  if (details.wrongPort) {
    return new CommandError(`${message}. Set it to the admin port's.`, EXIT.wrongUse);
  }
  const admin = kind === 'unauthorized' ? 'KRATOS_ADMIN_TOKEN' : 'KRATOS_ADMIN_URL';
  const setting = details.publicPort ? 'KRATOS_PUBLIC_URL' : admin;
  return new CommandError(`${message}. Is ${setting} right?`, EXIT.unreachable);
}
