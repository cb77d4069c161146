/** Reads the records of a JSON file of any size: of a list, of a list in an object, or one after the other (NDJSON). */
import { TokenParser, Tokenizer, TokenType } from '@streamparser/json';
import { firstInvalidByte } from '../csv/encoding.js';

/** A record, and its bytes in the text. */
export interface JsonRecord {
  value: unknown;
  start: number;
  /** The position after its last byte. */
  end: number;
  /** Where the list is that it is in: `['users']`, or `[2, 'users']` in the third of several objects. */
  path: (string | number)[];
}

/** What the text is not. The position is a byte of it, counted from 0. */
export class JsonError extends Error {
  override readonly name = 'JsonError';

  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** No user is this long: it is what was never closed, and would fill the memory. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * @param places where records are: `$` for each value of the text, `$.*` for the elements of a list, `$.users.*` for
 * those of a list in an object; all equally deep
 * @throws JsonError with the first byte that is not JSON
 */
export async function* readJson(
  bytes: AsyncIterable<Uint8Array>,
  places: string[],
): AsyncGenerator<JsonRecord> {
  const reader = new RecordReader(places);
  for await (const part of inUtf8(bytes)) yield* reader.read(part);
  reader.end();
}

/** The same bytes in whole characters: the tokenizer would take others for U+FFFD, and a name be lost. */
async function* inUtf8(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let position = 0;
  let rest = Buffer.alloc(0);
  for await (const part of bytes) {
    const read = Buffer.concat([rest, part]);
    const whole = read.subarray(0, read.length - bytesOfOpenCharacter(read));
    refuseOther(whole, position);
    if (whole.length > 0) yield whole;
    position += whole.length;
    rest = read.subarray(whole.length);
  }
  refuseOther(rest, position);
}

function refuseOther(bytes: Buffer, position: number): void {
  const at = firstInvalidByte(bytes, 'utf-8');
  if (at !== undefined) throw new JsonError('is not UTF-8 here', position + at);
}

/** How many bytes at the end begin a character that needs more of them. */
function bytesOfOpenCharacter(bytes: Buffer): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count]!;
    if (byte < 0x80) return 0;
    // The others continue a character.
    if (byte >= 0xc0) return count < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? count : 0;
  }
  return 0;
}

/** Follows the tokens of a text: they alone know their positions, and the parser alone makes values of them. */
class RecordReader {
  private readonly tokenizer = new Tokenizer();
  private readonly parser: TokenParser;
  private readonly depth: number;
  /** Where each object and list began that is open. */
  private readonly opened: number[] = [];
  private found: JsonRecord[] = [];
  private failure: JsonError | undefined;
  /** Where the text goes on, and where its last token was. */
  private position = 0;
  private lastToken = 0;

  constructor(places: string[]) {
    this.depth = places[0]!.split('.').length - 1;
    this.parser = new TokenParser({ paths: places, keepStack: false, separator: '' });
    let start = 0;
    this.tokenizer.onToken = (token) => {
      if (this.failure) return;
      this.lastToken = token.offset;
      const isInside = this.opened.length > 0;
      start = this.startOf(token.token, token.offset);
      // Several lists or objects may follow each other; a text or number beside them is a slip.
      if (isInside || this.opened.length > 0) this.parser.write(token);
      else this.fail('is not JSON here', token.offset);
    };
    this.parser.onValue = ({ value, stack, key }) => {
      // The first entry of the stack is the text as a whole.
      const path = [...stack.slice(1).map((entry) => entry.key), key];
      this.found.push({
        value,
        start,
        end: this.lastToken + 1,
        path: path.slice(0, -1).filter((step) => step !== undefined),
      });
    };
    this.parser.onError = () => this.fail('is not JSON here', this.lastToken);
    this.tokenizer.onError = (error) => {
      const at = /absolute position "(\d+)"/.exec(error.message)?.[1];
      this.fail('is not JSON here', at === undefined ? this.position : Number(at));
    };
  }

  read(part: Uint8Array): JsonRecord[] {
    this.tokenizer.write(part);
    this.position += part.length;
    this.refuseEndless();
    return this.take();
  }

  end(): void {
    if (!this.tokenizer.isEnded) this.tokenizer.end();
    if (!this.parser.isEnded && !this.failure) {
      const isCut = this.opened.length > 0;
      this.parser.end();
      if (isCut) this.failure = new JsonError('ends too early: it was cut off', this.position);
    }
    if (this.failure) throw this.failure;
  }

  /** The position at which the value of a token began. */
  private startOf(token: TokenType, offset: number): number {
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) {
      this.opened.push(offset);
    }
    if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) {
      return this.opened.pop() ?? offset;
    }
    return offset;
  }

  private refuseEndless(): void {
    const since = this.opened[this.depth] ?? this.lastToken;
    if (this.position - since > MOST_BYTES) this.fail('has a record without an end', since);
  }

  private fail(message: string, at: number): void {
    this.failure ??= new JsonError(message, at);
  }

  private take(): JsonRecord[] {
    if (this.failure) throw this.failure;
    const found = this.found;
    this.found = [];
    return found;
  }
}
