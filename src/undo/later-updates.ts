/**
 * What later runs of the same undo have changed of users. They are undone first, so that the preview of an earlier run
 * must see each user as they are by then: nothing is changed yet while it is made.
 *
 * Where each changed user of those runs is found is kept in memory: about a hundred bytes for each.
 */
import type { UndoTask } from '../contract/undo/input.js';
import type { StoredIdentity } from '../identity/identity.js';
import type { JsonObject } from '../identity/json-pointer.js';
import { mapAhead } from '../store/map-ahead.js';
import { openChunk, type OpenRun } from '../store/open-run.js';
import { finalEntry, readUndoLedger, type UndoLedgerContent } from '../store/undo-ledger.js';
import { decideUpdated, type CurrentState, type UndoDecision } from './decision.js';
import { patched } from './restore.js';
import { chunksToUndo, isChanged, readUndoRows, type UndoRow } from './undo-rows.js';

interface Place {
  openRun: OpenRun;
  chunk: number;
}

interface ReadChunk {
  /** Changed users, by their ids. */
  rows: Map<string, UndoRow>;
  ledger: UndoLedgerContent;
}

/** Chunks whose rows are kept: those of the same file come in the same order in each run. */
const KEPT = 32;

export class LaterUpdates {
  private readonly kept = new Map<string, Promise<ReadChunk>>();

  private constructor(
    /** By identity, the newest run first. */
    private readonly places: Map<string, Place[]>,
  ) {}

  /** @param runs the newest first */
  static async read(runs: OpenRun[]): Promise<LaterUpdates> {
    const places = new Map<string, Place[]>();
    for (const openRun of runs) {
      const read = async (chunk: Awaited<ReturnType<typeof openChunk<OpenRun>>>) => {
        return { openRun, chunk: chunk.number, rows: await readUndoRows(chunk) };
      };
      for await (const { rows, ...place } of mapAhead(chunksToUndo(openRun), read)) {
        for (const { identityId } of rows.filter(isChanged)) {
          const known = places.get(identityId);
          if (known) known.push(place);
          else places.set(identityId, [place]);
        }
      }
    }
    return new LaterUpdates(places);
  }

  has(identityId: string): boolean {
    return this.places.has(identityId);
  }

  /** The user as the undo of the later runs would leave them. */
  async takeBack(current: CurrentState, { force }: Pick<UndoTask, 'force'>): Promise<CurrentState> {
    const { user } = current;
    let state = current;
    for (const place of (user && this.places.get(user.id)) ?? []) {
      const { rows, ledger } = await this.readAt(place);
      const row = rows.get(user!.id);
      // Already restored: the user is as they were before that run.
      if (!row || finalEntry(ledger, row.line)) continue;
      const decision = decideUpdated(row, state, force, ledger.begun.has(row.line));
      if (decision.do === 'restore') state = { ...state, user: restored(state.user!, decision) };
    }
    return state;
  }

  private readAt({ openRun, chunk }: Place): Promise<ReadChunk> {
    const key = `${openRun.folder.prefix} ${chunk}`;
    const known = this.kept.get(key);
    if (known) return known;
    const reading = readChunk(openRun, chunk);
    this.kept.set(key, reading);
    reading.catch(() => this.kept.delete(key));
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT) this.kept.delete(oldest!);
    return reading;
  }
}

async function readChunk(openRun: OpenRun, number: number): Promise<ReadChunk> {
  const chunk = await openChunk(openRun, number);
  const [rows, ledger] = await Promise.all([readUndoRows(chunk), readUndoLedger(chunk)]);
  return { rows: new Map(rows.filter(isChanged).map((row) => [row.identityId, row])), ledger };
}

function restored(
  user: StoredIdentity,
  { patch, password }: Extract<UndoDecision, { do: 'restore' }>,
): StoredIdentity {
  const fields = patched(user.fields, patch);
  const held = new Set(textsIn(fields.traits).map((text) => text.toLowerCase()));
  return {
    ...user,
    fields,
    ...(password ? { passwordHash: password.to } : {}),
    // An address that leaves the traits is gone, and its mark with it.
    verifiedAddresses: user.verifiedAddresses.filter(
      (address) => patch.length === 0 || held.has(address.toLowerCase()),
    ),
  };
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value as JsonObject).flatMap((part) => textsIn(part));
}
