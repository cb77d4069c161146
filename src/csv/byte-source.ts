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

/** Bytes read at a time; large enough that parsing dwarfs reading, small enough to keep the event loop awake. */
const READ_BYTES = 64 * 1024;

/** The bytes from `start` up to `end`, or the end of the file, each part read while the part before it is used. */
export async function* readAhead(
  file: ByteSource,
  { start, end }: { start: number; end: number },
): AsyncGenerator<Buffer> {
  const readAt = (position: number): Promise<Buffer> => {
    const part = readPart(file, position, Math.min(READ_BYTES, end - position));
    part.catch(() => undefined); // A failure is thrown when its turn comes, which it may not.
    return part;
  };
  let next = readAt(start);
  for (let position = start; position < end;) {
    const part = await next;
    if (part.length === 0) return;
    position += part.length;
    next = readAt(position);
    yield part;
  }
}

async function readPart(file: ByteSource, position: number, wanted: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(wanted);
  const { bytesRead } = await file.read(buffer, 0, wanted, position);
  return buffer.subarray(0, bytesRead);
}
