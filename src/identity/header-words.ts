/** A header in the words of a message: what of it may be shown, and what its names most likely mean. */
import { inputPart } from '../contract/input-part.js';
import { isPlainText } from '../contract/plain-text.js';
import { looksLikeName } from './header-names.js';
import { placeFor, placeNamed, placesIn, type Place } from './known-places.js';
import type { IdentitySchema } from './schema.js';

/** An error that names more columns would be cut. */
export const MOST_NAMED = 20;

/** What a message says of a header. */
export class HeaderWords {
  private known: Place[] | undefined;

  constructor(
    readonly names: string[],
    readonly schema: IdentitySchema,
    private readonly showsNames: boolean,
  ) {}

  get places(): Place[] {
    return (this.known ??= placesIn(this.schema));
  }

  placeOf(index: number): Place | undefined {
    return placeFor(this.names[index]!, this.places);
  }

  /** A column by its name where that may be shown, else by its position. */
  label(index: number): string {
    const name = this.names[index]!;
    return labelOf(index, name, looksLikeName(name) || this.isShown(index, this.placeOf(index)));
  }

  /** The same where the line may be a row: `Emil` is near to `email`, and a person's name. */
  knownLabel(index: number): string {
    const name = this.names[index]!;
    return labelOf(index, name, this.isShown(index, this.namedPlace(index)) || saysMail(name));
  }

  /** The part of an input that sends a column to a place; undefined where that would show what may not be shown. */
  wayTo(index: number, place: Place): string | undefined {
    return this.isShown(index, place) ? sendTo(this.names[index]!, place) : undefined;
  }

  /** The header that most likely names the addresses: by a known name, else the shortest that speaks of mail. */
  addressName(): string | undefined {
    const known = this.names.find((_, i) => {
      const place = this.showsNames ? this.placeOf(i) : this.namedPlace(i);
      return place?.target === 'traits.email' && this.isShown(i, place);
    });
    const others = this.names.filter(saysMail).sort((a, b) => a.length - b.length);
    return known ?? others[0];
  }

  private namedPlace(index: number): Place | undefined {
    return placeNamed(this.names[index]!, this.places);
  }

  /** A hint in brackets may be anything, such as an address for an example. */
  private isShown(index: number, place: Place | undefined): boolean {
    const name = this.names[index]!;
    const isHarmless = name.length <= MOST_SHOWN && isPlainText(name) && !name.includes('@');
    return this.showsNames || (place !== undefined && isHarmless);
  }
}

const MOST_SHOWN = 64;

export function labelOf(index: number, name: string, isShown: boolean): string {
  return name !== '' && isShown ? `column "${name}"` : `column ${index + 1}`;
}

function saysMail(name: string): boolean {
  return looksLikeName(name) && /mail/i.test(name);
}

/** The part of an import's input that sends a column somewhere, ready-made. */
export function sendTo(name: string, { target }: Pick<Place, 'target'>): string {
  return inputPart('columns', { [name]: target });
}

export function listed(names: string[], all: number): string {
  return names.join(', ') + (all > names.length ? `, and ${all - names.length} more` : '');
}
