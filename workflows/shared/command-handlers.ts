/**
 * The operator's commands, each a signal and an update of the same name, and the reports that programs send as
 * signals.
 */
import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultQueryHandler,
  setHandler,
} from '@temporalio/workflow';
import { PROGRESS_QUERY, type Notice } from '../../src/contract/import/progress.js';
import { addNotice } from './notices.js';
import { handleSignals, type ReceivedSignal } from './signals.js';

export interface Steering<Name extends string, Command, Progress> {
  state: { notices: Notice[] };
  /** The commands by name, each with its description in Temporal's UI. */
  commands: Readonly<Record<Name, string>>;
  /** Whether a command makes sense now, and its argument is allowed. */
  check: (name: Name, argument: unknown) => CheckedCommand<Command>;
  apply: (command: Command) => void;
  /** Signals that workflows and activities send; an argument of another shape is ignored. */
  reports: Record<string, (argument: unknown) => void>;
  /** Queries that activities send, which Temporal's pages do not offer. */
  questions?: Record<string, (argument: unknown) => unknown>;
  progress: { description: string; current: () => Progress };
  /** Shows the state after each change. */
  publish: () => void;
}

type CheckedCommand<Command> = { ok: true; command: Command } | { ok: false; refusal: string };

/** From here on the run can be steered. Called before the first wait, so that no command comes too early. */
export function handleCommands<Name extends string, Command, Progress>(
  steering: Steering<Name, Command, Progress>,
): void {
  const { commands, reports, questions = {}, progress, check, publish } = steering;
  const names = Object.keys(commands) as Name[];
  const refuse = (refusal: string): void =>
    addNotice(steering.state, `Nothing changed. ${refusal}`, Date.now());
  const onSignal = (name: string, argument: unknown): void => {
    if (Object.hasOwn(reports, name)) reports[name]!(argument);
    else if (Object.hasOwn(commands, name)) {
      const checked = check(name as Name, argument);
      if (checked.ok) steering.apply(checked.command);
      else refuse(checked.refusal);
    } else refuse(`A signal of an unknown name came; the signals are ${names.join(', ')}.`);
  };
  // A signal stays in the history: an error that left its handler would fail each task of the workflow for ever.
  const onAnySignal = (name: string, argument: unknown): void => {
    try {
      onSignal(name, argument);
    } catch {
      refuse('A signal came that could not be read.');
    }
  };
  const onSignals = (signals: ReceivedSignal[]): void => {
    for (const { name, argument } of signals) onAnySignal(name, argument);
    publish();
  };
  const checkUpdate = (name: Name, argument: unknown): Command => {
    const checked = check(name, argument);
    if (!checked.ok) throw commandRefused(checked.refusal);
    return checked.command;
  };

  setHandler(defineQuery<Progress>(PROGRESS_QUERY), progress.current, {
    description: progress.description,
  });
  setDefaultQueryHandler((name, ...[argument]: unknown[]) => {
    const answer = Object.hasOwn(questions, name) ? questions[name] : undefined;
    if (!answer) throw new Error('There is no such query; there is progress.');
    return answer(argument);
  });
  handleSignals(onSignals);
  for (const name of names) {
    const description = commands[name];
    // For its description in Temporal's UI: the interceptor hands every signal to the handler above.
    setHandler(defineSignal<[unknown]>(name), (argument) => onSignals([{ name, argument }]), {
      description,
    });
    setHandler(
      defineUpdate<Progress, [unknown]>(name),
      (argument) => {
        steering.apply(checkUpdate(name, argument));
        publish();
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
