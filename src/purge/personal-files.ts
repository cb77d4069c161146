/** Which files of a run may hold personal data, by their names: also what the operator has put there. */
import type { RunLayout } from '../store/run-layout.js';

/** Files for people that hold numbers, codes, lines and identity ids. */
export const KEPT = ['audit.jsonl', 'report.json', 'report.html'];

/** What is to be done about files. */
export type PersonalFiles =
  | { do: 'remove'; keys: string[] }
  /** Outcomes: whether they hold personal data is known once they are read. */
  | { do: 'reduce'; key: string }
  /** The journal of a chunk without outcomes: only it has what is decided of the chunk's rows. */
  | { do: 'reduce-journal'; prefix: string; keys: string[] };

const CHUNK = String.raw`\d+-[0-9a-f]{12}`;
const ENTRY = String.raw`[\w-]+\.jsonl`;
/** The run's own files that hold no value of any row. */
const HARMLESS = new RegExp(
  `^(${[
    ...KEPT.map((name) => name.replace('.', String.raw`\.`)),
    String.raw`plan/plan\.json`,
    String.raw`plan/[\w-]+/chunks`,
    String.raw`invitations/${CHUNK}\.due`,
    String.raw`invitations/${CHUNK}\.mails/\d+\.[\w.]+`,
    String.raw`audit/${ENTRY}`,
    String.raw`undo/${CHUNK}\.ledger/${ENTRY}`,
  ].join('|')})$`,
);
const OUTCOMES = new RegExp(String.raw`^outcomes/${CHUNK}\.jsonl$`);
const JOURNAL = new RegExp(String.raw`^(?<prefix>outcomes/${CHUNK}\.journal)/${ENTRY}$`);

/** So many at most are removed at once. */
const BATCH = 500;

export async function* personalFiles({
  store,
  prefix,
}: RunLayout): AsyncGenerator<PersonalFiles, void> {
  let batch: string[] = [];
  const journal = { prefix: '', keys: [] as string[] };
  for await (const { key } of store.list(prefix)) {
    const name = key.slice(prefix.length + 1);
    const ofJournal = JOURNAL.exec(name)?.groups?.['prefix'];
    if (journal.keys.length > 0 && ofJournal !== journal.prefix) {
      // In the order of the keys, the outcomes of a chunk come right after its journal.
      if (name === journal.prefix.replace(/journal$/, 'jsonl')) batch.push(...journal.keys);
      else
        yield { do: 'reduce-journal', prefix: `${prefix}/${journal.prefix}`, keys: journal.keys };
      journal.keys = [];
    }
    if (ofJournal !== undefined) {
      journal.prefix = ofJournal;
      journal.keys.push(key);
    } else if (OUTCOMES.test(name)) yield { do: 'reduce', key };
    else if (!HARMLESS.test(name)) batch.push(key);
    if (batch.length >= BATCH) {
      yield { do: 'remove', keys: batch };
      batch = [];
    }
  }
  if (journal.keys.length > 0) {
    yield { do: 'reduce-journal', prefix: `${prefix}/${journal.prefix}`, keys: journal.keys };
  }
  if (batch.length > 0) yield { do: 'remove', keys: batch };
}
