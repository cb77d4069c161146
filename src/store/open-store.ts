/** The adapters that a setting asks for: a folder, or `s3://bucket/prefix`. */
import { SettingsError } from '../settings-error.js';
import { DiskStore } from './disk-store.js';
import { FolderRoot } from './folder-root.js';
import type { ImportRoot } from './import-root.js';
import { isS3, parseS3Address } from './s3-address.js';
import { StoreRoot } from './store-root.js';
import type { Store } from './store.js';

/**
 * AWS's own client reads its variables from `env`, too: credentials, region, endpoint.
 * @param setting the path of a folder, or `s3://bucket/prefix`
 * @throws SettingsError
 */
export async function openStore(
  setting: string,
  env: Record<string, string | undefined> = process.env,
): Promise<Store> {
  if (!isS3(setting)) return new DiskStore(setting);
  const address = parseS3Address(setting);
  if (!address) throw new SettingsError(`${setting} is not s3://bucket or s3://bucket/prefix.`);
  // Which Node its later versions need is not for whoever gives a command: ours is pinned.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  // Loaded where it is needed: it is large.
  const { S3Store } = await import('./s3-store.js');
  const endpoint = env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || undefined;
  const pathStyle = env['S3_FORCE_PATH_STYLE'];
  const forcePathStyle = pathStyle ? pathStyle === 'true' : endpoint !== undefined;
  return new S3Store(address, { forcePathStyle, endpoint });
}

/**
 * The same for the files to import.
 * @param setting the path of a folder, or `s3://bucket/prefix`
 * @throws SettingsError
 */
export async function openImportRoot(
  setting: string,
  env: Record<string, string | undefined> = process.env,
): Promise<ImportRoot> {
  return isS3(setting) ? new StoreRoot(await openStore(setting, env)) : new FolderRoot(setting);
}
