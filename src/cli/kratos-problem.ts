import { withoutLogin } from '../address.js';
import type { KratosError } from '../kratos/kratos.js';
import { CommandError, EXIT } from './exit.js';

/** What a command says of a Kratos that it cannot use: the setting to look at, and its address without a login. */
export function kratosProblem({ kind, message, details }: KratosError): CommandError {
  if (details.wrongPort) {
    return new CommandError(`${message}. Set it to the admin port's.`, EXIT.wrongUse);
  }
  const admin = kind === 'unauthorized' ? 'KRATOS_ADMIN_TOKEN' : 'KRATOS_ADMIN_URL';
  const setting = details.publicPort ? 'KRATOS_PUBLIC_URL' : admin;
  const value = setting === 'KRATOS_ADMIN_TOKEN' ? undefined : process.env[setting];
  const address = value ? ` (${withoutLogin(value)})` : '';
  return new CommandError(`${message}. Is ${setting}${address} right?`, EXIT.unreachable);
}
