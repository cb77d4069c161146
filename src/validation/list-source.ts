/**
 * What the users of Kratos are to the file of a source, found out by one listing: whose row each is and whether anything
 * is to be done for them, who of the source is in the file no more, and who could be taken into it.
 */
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import type { SourceFindings } from '../contract/import/leavers.js';
import { complementOf, openRanges } from '../contract/import/open-chunks.js';
import { harmlessIdentifier } from '../csv/write.js';
import type { FoundIdentity } from '../identity/identity.js';
import { keyOf } from '../identity/keys.js';
import { isDue, markOf } from '../identity/origin.js';
import { isSettled } from '../identity/source-mark.js';
import {
  isActive,
  isLeaver,
  matchUser,
  stableIds,
  type RowFlags,
  type RowsOfFile,
} from '../identity/source-match.js';
import { writeExistingUsers, type RecordUser } from '../store/existing-users.js';
import { idToBytes } from '../store/identity-ids.js';
import type { HintsFile, PlanSource } from '../store/plan.js';
import type { PlanFile, RunLayout } from '../store/run-layout.js';
import { Scratch, type ScratchFile } from '../store/scratch.js';
import { SETTLED } from '../store/settled.js';
import {
  hiddenReader,
  keyLines,
  listedUsers,
  type ListingApi,
  type WantedUsers,
} from './find-existing-users.js';
import type { RowStates } from './row-states.js';

/** Of open chunks: they go into the history. */
const MOST_RANGES = 100;

/** The file of a source, and what is to become of the source's users. */
export interface SourceFile extends WantedUsers {
  states: RowStates;
  /** How many of its chunks hold the canary rows, none of which is left out. */
  canaryChunks: number;
  /** Whether invitations go out: then nothing is settled of somebody who still waits for one. */
  invites: boolean;
  /** The schema of its users: nobody of another one is taken into a source. */
  schemaId: string;
  source: Pick<PlanSource, 'name' | 'do' | 'onDrift' | 'adopt'>;
}

/** The files of a validation. */
interface Place {
  folder: RunLayout;
  validation: string;
}

export interface SourceListing {
  hints: HintsFile[];
  found: SourceFindings;
  planned: Pick<PlanSource, 'leavers' | 'leaversSha256' | 'skipped'>;
}

/**
 * Writes what it finds into files of the validation.
 * @param onPage called after each page
 * @throws KratosError
 */
export async function listSource(
  kratos: Pick<ListingApi, 'listPage'>,
  file: SourceFile,
  place: Place,
  onPage: () => void,
): Promise<SourceListing> {
  const { folder, validation } = place;
  file.states.flush();
  const hiddenOf = hiddenReader(file);
  const scratch = new Scratch();
  try {
    const users = new Users(file, scratch);
    const hints = await writeExistingUsers(folder, validation, async (existing, inTheWay) => {
      for await (const user of listedUsers(kratos, onPage)) {
        const own = users.add(user, existing);
        for (const line of hiddenOf(user).flatMap((form) => file.addresses.linesOf(form))) {
          if (!own.includes(line)) inTheWay(line, user.id);
        }
      }
    });
    const { scope, ...leavers } = await users.write(place);
    const { skipped, ...rows } = await writeSettled(file, users, place);
    return {
      hints,
      found: { scope, leavers: leavers.leavers, ...rows },
      planned: { ...leavers, skipped },
    };
  } finally {
    scratch.close();
  }
}

/** The users, one after the other. */
class Users {
  private scope = 0;
  private leavers = 0;
  private adoptable = 0;
  /** Which ids leavers have: each combination once. */
  private readonly leaversHave: RowFlags[] = [];
  private readonly leaversHash = createHash('sha256');
  private readonly leaverIds: ScratchFile;
  private readonly leaverNames: ScratchFile;
  private readonly adoptableNames: ScratchFile;
  private readonly rows: RowsOfFile;

  constructor(
    private readonly file: SourceFile,
    scratch: Scratch,
  ) {
    this.leaverIds = scratch.file();
    this.leaverNames = scratch.file();
    this.adoptableNames = scratch.file();
    const { addresses, states } = file;
    this.rows = {
      lineOfClaim: (key) => addresses.lineOfClaim(key),
      lineOfDigest: (digest) => addresses.lineOfDigest(digest),
      linesOfKeys: keyLines(file),
      idsOf: (line) => states.idsOf(line),
    };
  }

  /**
   * @param existing records the rows that are the user's
   * @returns their lines, also where another user has more of a row
   */
  add(user: FoundIdentity, existing: RecordUser): number[] {
    const { source, states, schemaId, invites } = this.file;
    const mark = markOf(user.fields.metadata_admin);
    const own = mark?.name === source.name ? mark : undefined;
    const isActiveInSource = own && isActive(user.fields);
    if (isActiveInSource) this.scope++;
    const match = matchUser(user, own, this.rows);
    if (!match) {
      if (own && isLeaver(user, own, source)) this.addLeaver(user);
      return [];
    }
    const { rank, lines } = match;
    const isFree = !mark && user.schemaId === schemaId;
    const waits = invites && isDue(user.fields.metadata_admin);
    const settles = (digest: Buffer) => !waits && isSettled(own, source.name, digest, user);
    for (const line of lines) {
      const adoptable = isFree ? this.adoptable + 1 : 0;
      if (!states.take(line, { rank, settles, isActiveInSource, adoptable })) continue;
      existing(line, user.id);
      if (isFree) this.addAdoptable(line, user);
    }
    return lines;
  }

  async write(
    place: Place,
  ): Promise<Pick<SourceFindings, 'scope'> & Pick<PlanSource, 'leavers' | 'leaversSha256'>> {
    const { folder, validation } = place;
    const save = (file: ScratchFile, name: PlanFile) =>
      file.storeAs(folder.store, folder.ofPlan(validation, name));
    await save(this.leaverIds, 'leavers');
    await save(this.leaverNames, 'leavers.csv');
    if (this.file.source.adopt) await this.writeAdoptable(place);
    const { scope, leavers } = this;
    return { scope, leavers, leaversSha256: this.leaversHash.digest('hex') };
  }

  /** Whether a row of which no id was found may be a leaver's: of one who has none of its ids. */
  mayBeLeaver({ hasExternalId, hasOldId }: RowFlags): boolean {
    if (!hasExternalId && !hasOldId) return true;
    return this.leaversHave.some(
      (ids) => !(hasExternalId && ids.hasExternalId) && !(hasOldId && ids.hasOldId),
    );
  }

  private addLeaver(user: FoundIdentity): void {
    const id = idToBytes(user.id);
    const { externalId, oldId } = stableIds(user);
    const ids = { hasExternalId: externalId !== undefined, hasOldId: oldId !== undefined };
    if (!this.leaversHave.some((known) => isDeepStrictEqual(known, ids)))
      this.leaversHave.push(ids);
    this.leavers++;
    this.leaversHash.update(id);
    this.leaverIds.append(id);
    this.leaverNames.append(Buffer.from(`${user.id},${this.nameOf(user)}\n`));
  }

  private addAdoptable(line: number, user: FoundIdentity): void {
    this.adoptable++;
    if (!this.file.source.adopt) return;
    this.adoptableNames.append(Buffer.from(`${line},${user.id},${this.nameOf(user)}\n`));
  }

  /** Without those of whose row another user had more, who came later in the list, and those whose row changes nobody. */
  private async writeAdoptable({ folder, validation }: Place): Promise<void> {
    const { states } = this.file;
    await folder.store.write(folder.ofPlan(validation, 'adoptable.csv'), async (writer) => {
      const lines = createInterface({ input: this.adoptableNames.content() });
      let place = 0;
      for await (const text of lines) {
        place++;
        if (states.isAdoptable(parseInt(text), place)) await writer.write(`${text}\n`);
      }
    });
  }

  /** What they are known by, on one line. */
  private nameOf({ fields }: FoundIdentity): string {
    const text = keyOf(fields.traits, this.file.map)?.text ?? '';
    return harmlessIdentifier(text.replaceAll(LINE_BREAK, ' '));
  }
}

/** All that a reader may take for the end of a line. */
const LINE_BREAK = /[\r\n\u2028\u2029]/g;

/** Goes through the rows once the users have theirs, and writes which of them are settled. */
async function writeSettled(
  { states, canaryChunks }: SourceFile,
  users: Users,
  { folder, validation }: Place,
): Promise<Omit<SourceFindings, 'scope' | 'leavers'> & Pick<PlanSource, 'skipped'>> {
  const sum = { told: 0, unreadable: 0, adoptable: 0, settled: 0 };
  const chunks: ChunkState[] = [];
  await folder.store.write(folder.ofPlan(validation, 'settled'), async (writer) => {
    for (const { first, lines, rows } of states.parts()) {
      const bytes = Buffer.alloc(lines);
      for (const row of rows) {
        if (row.startsChunk) chunks.push({ rows: 0, settled: 0, invalid: 0 });
        const chunk = chunks.at(-1)!;
        chunk.rows++;
        if (row.isInvalid) chunk.invalid++;
        if (row.isUnreadable && users.mayBeLeaver(row.ids)) sum.unreadable++;
        if (row.isTold) sum.told++;
        if (row.adoptable > 0) sum.adoptable++;
        if (!row.isSettled) continue;
        chunk.settled++;
        sum.settled++;
        bytes[row.line - first] = SETTLED;
      }
      await writer.write(bytes);
    }
  });
  const isOpen = ({ rows, settled, invalid }: ChunkState, i: number) =>
    i < canaryChunks || settled + invalid < rows;
  const open = openRanges(
    chunks.map((chunk, i) => ({ number: i + 1, isOpen: isOpen(chunk, i) })),
    canaryChunks,
    MOST_RANGES,
  );
  const skipped = complementOf(open, chunks.length);
  const left = skipped.flatMap(({ chunk, chunks: count }) =>
    chunks.slice(chunk - 1, chunk - 1 + count),
  );
  const sumOf = (count: 'settled' | 'invalid') => left.reduce((all, each) => all + each[count], 0);
  return {
    ...sum,
    open,
    skipped,
    skippedRows: sumOf('settled'),
    skippedInvalid: sumOf('invalid'),
    skippedChunks: left.length,
  };
}

interface ChunkState {
  rows: number;
  settled: number;
  invalid: number;
}
