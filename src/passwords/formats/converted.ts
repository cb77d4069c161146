/** What a format of password hashes is, and what comes of a hash that is in it. */

/** The hash and what stands beside it, each as the other product writes it. Absent and empty are the same. */
export type Parts = Readonly<Partial<Record<string, string>>>;

/**
 * Reasons are short English that follows "the password hash", and hold no part of it.
 * - `hash`: what Kratos is sent
 * - `none`: the user has no password
 * - `unsupported`: well-formed, but of a kind that lets nobody in
 * - `problem`: not of the format, or incomplete
 * - `plain`: what stands in the place of the hash is the password itself
 * - `withheld`: the export was made without hashes; no row of it can be right
 */
export type Converted =
  | { hash: string }
  | { none: true }
  | { plain: true }
  | { unsupported: string }
  | { problem: string }
  | { withheld: string };

export interface HashFormat {
  /** For the reference: whose hashes these are, and how they look. */
  about: string;
  /** What else than the hash is read. */
  parts: Readonly<Record<string, PartOfHash>>;
  /** Where the hash itself stands, if not in `hash` alone: a user who has none of these has no password. */
  carriers?: readonly string[];
  /** Parts without which no hash can be read. */
  needs?: readonly string[];
  convert: (parts: Parts) => Converted;
}

export interface PartOfHash {
  about: string;
  /** No constant of an import's input, which Temporal keeps: whoever has it can guess passwords, or is nearer to it. */
  secret?: true;
}
