import type { ImportCode, LeftAloneCode, SourceCode } from '../contract/codes.js';
import type { Effects } from '../contract/import/effects.js';
import type {
  AfterImage,
  Change,
  InvitationState,
  PasswordSet,
  RowOutcome,
} from '../contract/import/outcomes.js';
import type { FoundIdentity } from '../identity/identity.js';
import { isDue } from '../identity/origin.js';
import type { KratosError } from '../kratos/kratos.js';
import type { OutsideCode } from './permitted-changes.js';

/** What became of a valid row. */
export type Decision =
  | {
      outcome:
        'created' | 'updated' | 'unchanged' | 'skipped' | 'deactivated' | 'deleted' | 'missing';
      /** Absent where the row's conflict alone said that its user exists. */
      identityId?: string;
      invitation: InvitationState;
      /** What is worth knowing of a user of a source. */
      codes?: SourceCode[];
      changes?: Change[];
      effects?: Effects | undefined;
      password?: PasswordSet | undefined;
      after?: AfterImage;
    }
  | {
      outcome: 'left_alone';
      codes: LeftAloneCode[];
      /** Absent for a user of another schema or tenant. */
      identityId?: string;
      invitation: InvitationState;
    }
  | {
      outcome: 'would_create' | 'would_update' | 'would_skip' | 'would_deactivate' | 'would_delete';
      identityId?: string;
      codes?: SourceCode[];
      changes?: Change[];
      effects?: Effects | undefined;
    }
  | Failure;

export interface Failure {
  outcome: 'failed';
  code: ImportCode;
  reason: string;
  /** Kratos failed on it by itself. */
  broken?: boolean;
}

/** Decisions by line. */
export type Decisions = Map<number, Decision>;

/**
 * @param row how people find it
 * @param raw its own text, where it has one
 */
export function toOutcome(
  row: Pick<RowOutcome, 'line' | 'email' | 'identifier' | 'oldId'>,
  decision: Decision,
  raw?: () => string,
): RowOutcome {
  if (decision.outcome !== 'failed') return { invitation: 'none', ...row, ...decision };
  const { outcome, code, reason } = decision;
  return { invitation: 'none', outcome, codes: [code], reason, ...row, ...(raw && { raw: raw() }) };
}

export const IDENTIFIER_CONFLICT: Decision = {
  outcome: 'failed',
  code: 'identifier_conflict',
  reason: 'another user has one of the identifiers of this row',
};

const SIGN_IN_TAKEN: Decision = {
  outcome: 'failed',
  code: 'sign_in_taken',
  reason: 'another user has the sign-in of this row',
};

/** @param conflict what another user has of the row's */
export function conflictDecision(conflict: 'identifier' | 'sign_in'): Decision {
  return conflict === 'sign_in' ? SIGN_IN_TAKEN : IDENTIFIER_CONFLICT;
}

/**
 * What the outcome tells of a user who exists. A user of an earlier import may still be due the invitation that it did
 * not send; a user of another schema or tenant is neither named nor invited.
 */
export function aboutUser(
  { id, fields }: FoundIdentity,
  outside: OutsideCode | undefined,
): { identityId?: string; invitation: InvitationState } {
  if (outside === 'other_schema' || outside === 'other_tenant') return { invitation: 'none' };
  return { identityId: id, invitation: isDue(fields.metadata_admin) ? 'due' : 'none' };
}

/** `codes` for a decision, where there are any. */
export function withCodes(codes: SourceCode[]): { codes?: SourceCode[] } {
  return codes.length > 0 ? { codes } : {};
}

/** Kratos's answer for one identity of a batch. */
export function refusal(status: number, reason: string): Decision {
  const code = status === 400 ? 'schema_violation' : 'rejected';
  return {
    outcome: 'failed',
    code,
    reason: `Kratos answered ${status}: ${reason || 'no reason given'}`,
  };
}

/** The answer to a request that held nothing but this row. */
export function rejection({ kind, details }: KratosError): Failure {
  const { status = 'nothing', reason = 'no reason given', byGateway } = details;
  if (byGateway) {
    return {
      outcome: 'failed',
      code: 'rejected',
      reason: `something in front of Kratos, such as a firewall, answered ${status} for this row, and let others through`,
    };
  }
  const decision = {
    outcome: 'failed',
    code: 'rejected',
    reason: `Kratos answered ${status} for this row: ${reason}`,
  } as const;
  return kind === 'broken' ? { ...decision, broken: true } : decision;
}

/** This program failed on the row: its own error's message may quote the row, its kind does not. */
export function programFault(error: Error): Decision {
  const reason = `this program failed on the row (${error.constructor.name})`;
  return { outcome: 'failed', code: 'program_fault', reason };
}

/** Kratos's answer to a change of the row's user. */
export function refusedChange(error: KratosError): Decision {
  const { status, reason, byGateway } = error.details;
  if (byGateway) return rejection(error);
  if (status === 409) return IDENTIFIER_CONFLICT;
  return status === 400 ? refusal(status, reason ?? '') : rejection(error);
}

export function isBroken(decision: Decision | undefined): boolean {
  return decision?.outcome === 'failed' && decision.broken === true;
}
