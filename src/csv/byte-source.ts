/** A file, or bytes in its place: as `FileHandle.read` has it. */
export interface ByteSource {
  read(
    into: Buffer,
    offset: number,
    bytes: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
}

/**
 * The bytes from `start` on: fewer only at the end of the file, since a single read may bring less than was asked for.
 */
export async function readFully(file: ByteSource, start: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, start + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
