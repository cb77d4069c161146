/** Where a column can go that nothing sends anywhere: to the place that its name comes nearest to. */
import { DEFAULT_TARGETS } from './columns.js';
import { nearest, sameLetters } from './nearest.js';
import { traitAt, traitPaths, type IdentitySchema } from './schema.js';

/** A place that a column may be meant for. */
export interface Place {
  /** As a target is written. */
  target: string;
  /** The column's default name, or the trait's path. */
  name: string;
  /** What a header may call it. */
  names: string[];
}

/** What exports and people call the default columns. */
const OTHER_NAMES: Record<string, string[]> = {
  email: [
    'mail',
    'email address',
    'mail address',
    'primary email',
    'primary email address',
    'user email',
    'mail id',
  ],
  first_name: ['given name', 'forename', 'fname'],
  last_name: ['surname', 'family name', 'lname'],
  tenant_id: ['tenant'],
  initial_password: ['password', 'pass', 'pwd', 'temporary password'],
  password_hash: ['hash', 'hashed password', 'password digest', 'encrypted password'],
};

/** The default columns as far as the schema has them, and its traits. */
export function placesIn(schema: IdentitySchema): Place[] {
  const traits = traitPlaces(schema);
  const places = new Map(traits.map((place) => [place.target, place]));
  for (const [name, target] of Object.entries(DEFAULT_TARGETS)) {
    const names = [name, ...(OTHER_NAMES[name] ?? [])];
    const isThere = !target.startsWith('traits.') || traitAt(schema, target.split('.').slice(1));
    const place = isThere
      ? (places.get(target) ?? { target, name, names: [] })
      : nearest(name, traits, (trait) => trait.names);
    if (!place) continue;
    if (isThere) place.name = name;
    place.names.push(...names);
    places.set(place.target, place);
  }
  return [...places.values()];
}

/** Traits that hold others are no place for a cell, and those inside lists have no path. */
function traitPlaces(schema: IdentitySchema): Place[] {
  const paths = traitPaths(schema, () => true).filter((path) => path.length > 0);
  const texts = paths.map((path) => path.join('.'));
  return paths.flatMap((path, i) => {
    const text = texts[i]!;
    if (path.includes('*') || texts.some((other) => other.startsWith(`${text}.`))) return [];
    const names = [path.at(-1)!, text, path.toReversed().join(' ')];
    return [{ target: `traits.${text}`, name: text, names }];
  });
}

/**
 * The place that a header is most likely meant for.
 * @param name may have hints in brackets, as in `First Name [Required]`
 */
export function placeFor(name: string, places: readonly Place[]): Place | undefined {
  return nearest(withoutHints(name), places, ({ names }) => names);
}

/** The place that a header names, in letters that are no typing errors. */
export function placeNamed(name: string, places: readonly Place[]): Place | undefined {
  return sameLetters(withoutHints(name), places, ({ names }) => names);
}

/** Bounded: a header's name may be as long as a cell. */
function withoutHints(name: string): string {
  return name.slice(0, 256).replaceAll(/\[[^\]]*\]|\([^)]*\)/g, ' ');
}
