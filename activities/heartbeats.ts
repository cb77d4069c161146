/**
 * When attempts send their heartbeats. Each costs Temporal a write, and at Temporal Cloud an action; what a workflow
 * asks of an attempt is heard by the answer to one alone. The portions of a run are mostly asked for together, in a
 * pause or for another mode, so those that hand back take turns: somebody soon hears it, and the others ask at once.
 */

/** Far more often than the heartbeat timeouts, so that one lost on the way does not matter. */
export const HEARTBEAT_MS = 5_000;

/** So often those that take turns hear what is asked of all of them. */
export const SHORT_HEARTBEAT_MS = 1_500;

/** Within so many turns each has sent one. */
const TURNS = Math.floor(HEARTBEAT_MS / SHORT_HEARTBEAT_MS);

/** Turns in which all ask, once one has heard it: what is asked of all comes to some a moment later. */
const TURNS_OF_ALL = 3;

/** Heartbeats that are sent until they are stopped. */
export interface Heartbeats {
  stop: () => void;
  /** Something was asked of the attempt, so perhaps of the others that it takes turns with. */
  heard: () => void;
}

/** Sends one every HEARTBEAT_MS. */
export function beatAlone(beat: () => void): Heartbeats {
  const timer = setInterval(beat, HEARTBEAT_MS);
  return { stop: () => clearInterval(timer), heard: () => undefined };
}

/** Those of this process that take turns, by what they share. */
const turnsOf = new Map<string, Turns>();

/**
 * Sends one every HEARTBEAT_MS at least, and every SHORT_HEARTBEAT_MS where nobody else is at the same.
 * @param shared what the attempts that take turns have in common
 */
export function beatInTurns(shared: string, beat: () => void): Heartbeats {
  const turns = turnsOf.get(shared) ?? new Turns();
  turnsOf.set(shared, turns);
  turns.add(beat);
  return {
    stop: () => {
      turns.remove(beat);
      if (turns.isEmpty()) turnsOf.delete(shared);
    },
    heard: () => turns.askAll(),
  };
}

class Turns {
  /** The next one first. */
  private beats: (() => void)[] = [];
  private turnsOfAll = 0;
  private readonly timer = setInterval(() => this.take(), SHORT_HEARTBEAT_MS);

  add(beat: () => void): void {
    this.beats.push(beat);
  }

  remove(beat: () => void): void {
    this.beats = this.beats.filter((other) => other !== beat);
    if (this.isEmpty()) clearInterval(this.timer);
  }

  isEmpty(): boolean {
    return this.beats.length === 0;
  }

  askAll(): void {
    this.turnsOfAll = TURNS_OF_ALL;
    this.send(this.beats.length);
  }

  private take(): void {
    const { length } = this.beats;
    if (this.turnsOfAll > 0) {
      this.turnsOfAll--;
      this.send(length);
    } else this.send(Math.ceil(length / TURNS));
  }

  private send(many: number): void {
    const now = this.beats.splice(0, many);
    this.beats.push(...now);
    for (const beat of now) beat();
  }
}
