import { z } from 'zod';
import {
  ContractBrokenError,
  GatewayError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type { CallCause, CallFailure } from '../domain/operation.ts';
import { OperationDeadlineError } from './exchange-errors.ts';
import type { UpstreamRequest } from './request.ts';
import { UpstreamFailure } from './upstream-failure.ts';

const maxPaths = 5;
const maxPathLength = 100;

/** The paths below the answer's payload that its schema refused, without values. */
const pathsOf = (cause: unknown): readonly string[] =>
  cause instanceof z.core.$ZodError
    ? cause.issues
        .slice(0, maxPaths)
        .map(({ path }) => ['data', ...path.map(String)].join('.').slice(0, maxPathLength))
    : [];

const reasonOf = (error: GatewayError): string | null => {
  const { cause } = error;
  // A cause's message is a text of this gateway or the code of a broken connection, except for that of a schema.
  const detail = cause instanceof Error && !(cause instanceof UpstreamFailure) ? cause.message : '';
  if (error instanceof UpstreamUnavailableError) {
    return detail === '' ? error.reason : `${error.reason}: ${detail}`;
  }
  if (cause instanceof UpstreamFailure) return null;
  if (cause instanceof z.core.$ZodError) return 'not of the shape that is documented';
  return detail === '' ? error.message : detail;
};

/** Whether the API or the network failed. False for refusals and for decisions of this gateway. */
const isApiFault = (error: unknown): boolean => {
  if (error instanceof UpstreamUnavailableError) {
    if (error.cause instanceof OperationDeadlineError) return false;
    return (
      error.reason === 'unreachable' || error.reason === 'server' || error.reason === 'timeout'
    );
  }
  if (error instanceof RateLimitedError) return error.cause instanceof UpstreamFailure;
  return error instanceof ContractBrokenError || !(error instanceof GatewayError);
};

/**
 * Describes a failed attempt, or an exchange that was not sent, for the log. `status` is null without an answer. The
 * description holds no id, value, body or credential.
 */
export const describeFailure = (
  { method, path }: UpstreamRequest,
  cause: CallCause,
  status: number | null,
  error: unknown,
): CallFailure => {
  const failure =
    error instanceof Error && error.cause instanceof UpstreamFailure ? error.cause : null;
  return {
    method,
    endpoint: path,
    cause,
    status: status ?? failure?.status ?? null,
    code: failure?.code ?? null,
    error: error instanceof GatewayError ? error.code : 'BUG',
    reason: error instanceof GatewayError ? reasonOf(error) : null,
    paths: error instanceof Error ? pathsOf(error.cause) : [],
    isApiFault: isApiFault(error),
  };
};
