import { userInfo } from 'node:os';

/** Who runs the command, as far as the machine knows: a container's user may have no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] || process.env['LOGNAME'] || `uid-${process.getuid!()}`;
  }
}
