import { temporalAddress } from '../temporal.js';
import { CommandError, EXIT } from './exit.js';

/** @throws CommandError always: says where Temporal was looked for, and which settings say so */
export function failUnreachable(): never {
  throw new CommandError(
    `Temporal cannot be reached at ${temporalAddress()}. Is it running, and are TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE right?`,
    EXIT.unreachable,
  );
}
