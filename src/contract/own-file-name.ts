/** Digits of a file's SHA-256 between the name and the extension of a copy: see `stageFile`. */
export const DIGEST_DIGITS = 12;

const COPY = new RegExp(`^(.+)-([0-9a-f]{${DIGEST_DIGITS}})(\\.[^./]+)?$`, 's');

/**
 * The name that people know a file by. The command that copies a file to the import root puts a digest of its content
 * into the copy's name; it is left out where it is proved to be one. A name may end in twelve digits of its own, such
 * as a time.
 * @param file its path below the import root
 * @param proof the file's SHA-256, or a workflow id that ends in the same digest
 */
export function ownFileName(
  file: string,
  { sha256, workflowId }: { sha256?: string | undefined; workflowId?: string },
): string {
  const [, name, digest, extension = ''] = COPY.exec(file) ?? [];
  if (name === undefined || digest === undefined) return file;
  const isProved = sha256?.startsWith(digest) || workflowId?.includes(`-${digest}`);
  return isProved ? `${name}${extension}` : file;
}
