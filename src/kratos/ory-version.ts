/** What a Kratos says of itself. */
import { connect, type OrySettings } from './ory-http.js';

export interface KratosVersion {
  /** Undefined where it does not say, as Ory Network does not. */
  version: string | undefined;
  /** Its clock, to the second; undefined where the answer has no time. */
  at: Date | undefined;
}

/** One line, and no more than a version has. */
const VERSION = /^[\w.+-]{1,60}$/;

/** Both undefined where it does not answer. */
export async function readVersion(settings: OrySettings): Promise<KratosVersion> {
  const { http, basePath, headersFor } = connect(settings);
  try {
    const { data, headers } = await http.get<unknown>(`${basePath}/admin/version`, {
      headers: headersFor(new URL(basePath)),
    });
    const { version } = (data ?? {}) as { version?: unknown };
    const at = new Date(String(headers['date']));
    return {
      version: typeof version === 'string' && VERSION.test(version) ? version : undefined,
      at: Number.isNaN(at.getTime()) ? undefined : at,
    };
  } catch {
    return { version: undefined, at: undefined };
  }
}
