import { isDeepStrictEqual } from 'node:util';
import type { CreationProgress } from '../domain/creation-record.ts';
import { GatewayError } from '../domain/errors.ts';
import {
  type ClaimRequest,
  type CreationClaim,
  type CreationDependencies,
  claimCreation,
  createUnrecordedClaim,
  type RecordName,
} from './creation-claim.ts';
import {
  concernsOnePost,
  hadEffect,
  outcomeWithoutEffect,
  type PostOutcome,
} from './post-outcome.ts';

/** A create of one or several POSTs, and how its record shows them. */
interface CreatePlan<Progress extends CreationProgress, Answer>
  extends Omit<ClaimRequest<Progress>, keyof RecordName> {
  /** Null for a create without a record: it has no key, or nothing to send. */
  readonly record: RecordName | null;
  /** The outcomes by the record. Looks for answers that were lost. */
  readonly readOutcomes: (progress: Progress) => Promise<PostOutcome<Answer>[]>;
  /** The progress that shows these outcomes. A POST without effect is shown as not sent. */
  readonly progressOf: (progress: Progress, outcomes: readonly PostOutcome<Answer>[]) => Progress;
  /** Once it is aborted, no further POST is sent. */
  readonly stopped?: AbortSignal;
  /** Makes one POST. Its error says whether the POST may have arrived. */
  readonly send: (index: number, sentAtMs: number, progress: Progress) => Promise<Answer>;
  /** Looks for the effect of a POST whose answer was lost. */
  readonly findLost: (sentAtMs: number, cause: unknown) => Promise<PostOutcome<Answer>>;
}

/**
 * Sends each POST of a create at most once, one after another, whatever fails and however many calls have the same key.
 * The record says that a POST was sent before it is sent. If its outcome stays unknown, or the process dies, the record
 * keeps saying so, and later calls look for the effect instead of sending again. If no POST had an effect, the record
 * is removed. After a failure that holds for every POST, nothing more is sent, and all that are left have that outcome.
 * `replayed` means that this call sent nothing because earlier calls with the same key had sent something.
 *
 * Throws the errors of claimCreation.
 */
export const sendPosts = async <Progress extends CreationProgress, Answer>(
  dependencies: CreationDependencies,
  plan: CreatePlan<Progress, Answer>,
) => {
  type Outcomes = PostOutcome<Answer>[];
  const { record, initial, progressOf } = plan;
  let hasSent = false;

  /** Returns null, and sends nothing, if another call has taken over. */
  const sendPost = async (claim: CreationClaim<Progress>, outcomes: Outcomes, index: number) => {
    const sentAtMs = dependencies.clock.epochMs();
    try {
      const awaited = outcomes.with(index, { state: 'unknown', sentAtMs, error: null });
      if (!(await claim.save(progressOf(claim.progress, awaited)))) return null;
      hasSent = true;
      return { state: 'answered', ...(await plan.send(index, sentAtMs, claim.progress)) } as const;
    } catch (error) {
      return error instanceof GatewayError && error.surelyHadNoEffect
        ? outcomeWithoutEffect(error)
        : plan.findLost(sentAtMs, error);
    }
  };

  /** Returns false if another call has taken over. */
  const sendUnsent = async (claim: CreationClaim<Progress>, outcomes: Outcomes) => {
    for (const [index, { state }] of outcomes.entries()) {
      if (state !== 'not-attempted') continue;
      if (plan.stopped?.aborted) return true;
      const outcome = await sendPost(claim, outcomes, index);
      if (outcome === null) return false;
      outcomes[index] = outcome;
      if (concernsOnePost(outcome)) continue;
      for (let rest = index; rest < outcomes.length; rest += 1) {
        if (outcomes[rest]?.state === 'not-attempted') outcomes[rest] = outcome;
      }
      return true;
    }
    return true;
  };

  for (;;) {
    const claim =
      record === null
        ? createUnrecordedClaim(initial)
        : await claimCreation(dependencies, { ...plan, ...record });
    const outcomes = await plan.readOutcomes(claim.progress);
    if (claim.isOwned && !(await sendUnsent(claim, outcomes))) continue;
    const progress = progressOf(claim.progress, outcomes);
    const hasEffect = outcomes.some(hadEffect);
    // A call that does not own the create may have found a lost token.
    if (claim.isOwned || !isDeepStrictEqual(progress, claim.progress)) {
      await claim.release(hasEffect ? progress : null);
    }
    return { progress, outcomes, replayed: hasEffect && !hasSent };
  }
};
