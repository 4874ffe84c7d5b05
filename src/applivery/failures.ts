import {
  CreationFailedError,
  ForbiddenError,
  type GatewayError,
  InputRejectedError,
  NotFoundError,
  NotSupportedError,
  PlanLimitError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import { createContractBrokenError, describeNextStep } from '../rest/exchange-errors.ts';
import { limits } from '../rest/limits.ts';
import { isGetOne, type UpstreamRequest } from '../rest/request.ts';
import { type FailedAnswer, UpstreamFailure } from '../rest/upstream-failure.ts';

/** An answer that is no success: its HTTP status, and the code of the API's envelope. */
export interface Refusal extends FailedAnswer {
  /** Whether the body was an envelope of the API. Any other body may come from a proxy in front of it. */
  readonly isEnvelope: boolean;
}

interface FailedCall {
  readonly request: UpstreamRequest;
  readonly cause: UpstreamFailure;
}

interface Rule {
  /** Inclusive bounds. Absent in the rules for a failure with a status of success, where only the code decides. */
  readonly statuses?: readonly [number, number];
  /** Null stands for no code. Absent: any code, or none. */
  readonly codes?: readonly (number | null)[];
  /** Whether the rule also applies if the body is not an envelope. */
  readonly appliesWithoutEnvelope?: true;
  readonly toError: (failed: FailedCall) => GatewayError;
}

const refused = ({ cause }: FailedCall): GatewayError =>
  new UnauthenticatedError(
    'The REST API refused the credential. Send the bearer token of an Applivery service account.',
    { cause },
  );

const forbidden = ({ request, cause }: FailedCall): GatewayError =>
  new ForbiddenError(
    request.permission === undefined
      ? 'The credential lacks the permission for this. Ask an administrator of the organization for it.'
      : `The credential lacks the permission ${request.permission}. Ask an administrator of the organization for it.`,
    { cause },
  );

const notInPlan = ({ cause }: FailedCall): GatewayError =>
  new PlanLimitError(
    "The organization's plan does not include this feature. Ask its owner to change the plan.",
    { cause },
  );

const planUsedUp = ({ cause }: FailedCall): GatewayError =>
  new PlanLimitError(
    "A quantity that the organization's plan allows is used up. Remove what is not needed, or ask its owner to change the plan.",
    { cause },
  );

const creationFailed = ({ cause }: FailedCall): GatewayError =>
  new CreationFailedError(
    'The REST API could not create it and gave no reason. Check that the platform is set up in the organization.',
    { cause },
  );

const notSupported = ({ cause }: FailedCall): GatewayError =>
  new NotSupportedError(
    'The REST API does not offer this operation here. It has to be done in the console of Applivery.',
    { cause },
  );

/** The message for an object that was asked for by its id. */
export const missingObjectMessage = 'It does not exist, or the credential may not see it.';

const notFound = ({ request, cause }: FailedCall): GatewayError =>
  new NotFoundError(
    isGetOne(request)
      ? missingObjectMessage
      : 'The organization, or something that the request names, does not exist or is not visible to the credential; or the platform is not set up there.',
    { cause },
  );

const inputRejected = ({ cause }: FailedCall): GatewayError =>
  new InputRejectedError(
    [{ path: [], message: 'The REST API refused the values of the request. Check them.' }],
    { cause },
  );

const conflict = ({ cause }: FailedCall): GatewayError =>
  new InputRejectedError(
    [
      {
        path: [],
        message:
          'The request conflicts with the current state. Read the current state and try again.',
      },
    ],
    { cause },
  );

const limited = ({ cause }: FailedCall): GatewayError => {
  const retryAfterMs = cause.retryAfterMs ?? limits.retryAfter.defaultMs;
  return new RateLimitedError(
    `The REST API takes no more requests for now. Try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    retryAfterMs,
    { cause },
  );
};

const tooSlow = ({ request, cause }: FailedCall): GatewayError =>
  new UpstreamUnavailableError(
    `The REST API gave up on the request. ${describeNextStep(request)}`,
    { reason: 'timeout', mayHaveArrived: true },
    { cause },
  );

const serverFailed = ({ request, cause }: FailedCall): GatewayError =>
  new UpstreamUnavailableError(
    `The REST API failed. ${describeNextStep(request)}`,
    { reason: 'server', mayHaveArrived: true },
    { cause },
  );

const notFoundOnGetOne = (failed: FailedCall): GatewayError =>
  isGetOne(failed.request) ? notFound(failed) : inputRejected(failed);

/**
 * The first rule that matches decides. Status and code count, never the text (CONTRACT 2.3, section 7 readings 13 to 16).
 * The rules without statuses are for a failure with a status of success.
 */
const rules: readonly Rule[] = [
  { statuses: [401, 401], appliesWithoutEnvelope: true, toError: refused },
  { statuses: [403, 403], appliesWithoutEnvelope: true, toError: forbidden },
  { statuses: [405, 405], appliesWithoutEnvelope: true, toError: notSupported },
  { statuses: [408, 408], appliesWithoutEnvelope: true, toError: tooSlow },
  { statuses: [429, 429], appliesWithoutEnvelope: true, toError: limited },
  { statuses: [500, 599], appliesWithoutEnvelope: true, toError: serverFailed },
  { statuses: [400, 400], codes: [5050], toError: notInPlan },
  { statuses: [400, 400], codes: [5017], toError: planUsedUp },
  { statuses: [400, 400], codes: [5145], toError: creationFailed },
  { statuses: [404, 404], codes: [1002], toError: notSupported },
  { statuses: [404, 404], toError: notFound },
  { statuses: [409, 409], toError: conflict },
  { statuses: [422, 422], codes: [3001], toError: notFoundOnGetOne },
  { statuses: [400, 499], toError: inputRejected },
  { codes: [4001, 4002, 4004, 4005], toError: refused },
  { codes: [4003], toError: forbidden },
  { codes: [5050], toError: notInPlan },
  { codes: [5017], toError: planUsedUp },
  { codes: [5145], toError: creationFailed },
  { codes: [1002], toError: notSupported },
  { codes: [5001], toError: conflict },
  { codes: [3001], toError: notFoundOnGetOne },
  { codes: [3000], toError: inputRejected },
  { codes: [1000], toError: serverFailed },
];

const matches = (rule: Rule, { status, code, isEnvelope }: Refusal): boolean => {
  if (!isEnvelope && rule.appliesWithoutEnvelope === undefined) return false;
  if (rule.codes?.includes(code) === false) return false;
  const { statuses } = rule;
  if (status === null) return statuses === undefined;
  return statuses !== undefined && status >= statuses[0] && status <= statuses[1];
};

/** Returns the error that a refusal means, or a ContractBrokenError if no rule matches. */
export const toError = (refusal: Refusal, request: UpstreamRequest): GatewayError => {
  const cause = new UpstreamFailure(refusal);
  const rule = rules.find((candidate) => matches(candidate, refusal));
  if (rule === undefined) return createContractBrokenError(request, cause);
  return rule.toError({ request, cause });
};
