import { FileError } from './file-error.js';

export function missingHeader(line: number, why: string): FileError {
  return new FileError({
    code: 'missing_header',
    line,
    message: `missing_header: line ${line} ${why}. The header must name the columns, for example email,first_name,last_name,role,tenant_id,initial_password.`,
  });
}
