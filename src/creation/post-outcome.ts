import {
  CreationFailedError,
  ForbiddenError,
  type GatewayError,
  InputRejectedError,
  NotFoundError,
  NotSupportedError,
  type OutcomeUnknownError,
  PlanLimitError,
} from '../domain/errors.ts';

/** The outcome of one POST of a create. */
export type PostOutcome<Answer> =
  | ({ readonly state: 'answered' } & Answer)
  /** The POST may have reached the API. `error` is null while its answer is awaited. */
  | {
      readonly state: 'unknown';
      readonly sentAtMs: number;
      readonly error: OutcomeUnknownError | null;
    }
  /**
   * The API refused this POST, or refused an earlier one for a reason that holds for all. It surely had no effect. A call
   * with the same key sends it again.
   */
  | { readonly state: 'refused'; readonly error: GatewayError }
  /** It surely was not sent. A call with the same key sends it. `error` is null if the call's time was up. */
  | { readonly state: 'not-attempted'; readonly error: GatewayError | null };

/** The outcome of a POST that the record shows as unsent. */
export const unsent = { state: 'not-attempted', error: null } as const;

/** Refusals of a POST's content. Other POSTs of the create can succeed. */
const contentRefusals = [InputRejectedError, CreationFailedError];

/** Refusals that hold for every POST of the create. */
const generalRefusals = [PlanLimitError, NotFoundError, ForbiddenError, NotSupportedError];

/**
 * The outcome of a POST that surely had no effect. A failure that is no refusal means that the POST was not sent: there
 * was no time, no call, no quota or no connection left.
 */
export const outcomeWithoutEffect = (error: GatewayError) => {
  const isRefusal = [...contentRefusals, ...generalRefusals].some((kind) => error instanceof kind);
  return { state: isRefusal ? 'refused' : 'not-attempted', error } as const;
};

/** Whether a POST had an effect, or may have had one. */
export const hadEffect = ({ state }: PostOutcome<unknown>): boolean =>
  state === 'answered' || state === 'unknown';

/** Whether an outcome does not hold for the POSTs that are left. */
export const concernsOnePost = (outcome: PostOutcome<unknown>): boolean =>
  hadEffect(outcome) ||
  (outcome.state === 'refused' && contentRefusals.some((kind) => outcome.error instanceof kind));
