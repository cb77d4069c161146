/**
 * The operator's commands, each a signal and an update of the same name, and the reports that programs send as
 * signals.
 */
import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
} from '@temporalio/workflow';
import { PROGRESS_QUERY, type Notice } from '../../src/contract/import/progress.js';
import { addNotice } from './notices.js';

export interface Steering<Name extends string, Command, Progress> {
  state: { notices: Notice[] };
  /** The commands by name, each with its description in Temporal's UI. */
  commands: Readonly<Record<Name, string>>;
  /** Whether a command makes sense now, and its argument is allowed. */
  check: (name: Name, argument: unknown) => CheckedCommand<Command>;
  apply: (command: Command) => void;
  /** Signals that workflows and activities send; an argument of another shape is ignored. */
  reports: Record<string, (argument: unknown) => void>;
  progress: { description: string; current: () => Progress };
  /** Shows the state after each change. */
  publish: () => void;
}

type CheckedCommand<Command> = { ok: true; command: Command } | { ok: false; refusal: string };

/** From here on the run can be steered. Called before the first wait, so that no command comes too early. */
export function handleCommands<Name extends string, Command, Progress>(
  steering: Steering<Name, Command, Progress>,
): void {
  const { commands, reports, progress, check, publish } = steering;
  const names = Object.keys(commands) as Name[];
  const apply = (command: Command): void => {
    steering.apply(command);
    publish();
  };
  const refuse = (refusal: string): void => {
    addNotice(steering.state, `Nothing changed. ${refusal}`, Date.now());
    publish();
  };
  const onSignal = (name: Name, argument: unknown): void => {
    const checked = check(name, argument);
    if (checked.ok) apply(checked.command);
    else refuse(checked.refusal);
  };
  const checkUpdate = (name: Name, argument: unknown): Command => {
    const checked = check(name, argument);
    if (!checked.ok) throw commandRefused(checked.refusal);
    return checked.command;
  };

  setHandler(defineQuery<Progress>(PROGRESS_QUERY), progress.current, {
    description: progress.description,
  });
  // Before the handlers of single names: it gets all signals that came before, in their order, where a handler of one
  // name would get its own signals before earlier ones of another name.
  setDefaultSignalHandler((name, ...[argument]: unknown[]) => {
    if (Object.hasOwn(commands, name)) onSignal(name as Name, argument);
    else if (Object.hasOwn(reports, name)) {
      reports[name]!(argument);
      publish();
    } else {
      refuse(`A signal of an unknown name came; the signals are ${names.join(', ')}.`);
    }
  });
  for (const name of names) {
    const description = commands[name];
    setHandler(defineSignal<[unknown]>(name), (argument) => onSignal(name, argument), {
      description,
    });
    setHandler(
      defineUpdate<Progress, [unknown]>(name),
      (argument) => {
        apply(checkUpdate(name, argument));
        return progress.current();
      },
      { description, validator: (argument) => void checkUpdate(name, argument) },
    );
  }
}

function commandRefused(refusal: string): ApplicationFailure {
  const failure = ApplicationFailure.nonRetryable(refusal, 'CommandRefused');
  // Temporal's pages would show it below the reason.
  failure.stack = '';
  return failure;
}
