import { z } from 'zod';
import { UpstreamFailure } from '../applivery/failures.ts';
import {
  ContractBrokenError,
  GatewayError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type { CallCause, CallFailure } from '../domain/operation.ts';
import { OutOfTime } from './exchange-errors.ts';
import type { UpstreamRequest } from './request.ts';

const mostPaths = 5;
const longestPath = 100;

/** The paths below the answer's payload that its schema refused; never a value. */
const pathsOf = (cause: unknown): readonly string[] =>
  cause instanceof z.core.$ZodError
    ? cause.issues
        .slice(0, mostPaths)
        .map(({ path }) => ['data', ...path.map(String)].join('.').slice(0, longestPath))
    : [];

const reasonOf = (error: GatewayError): string | null => {
  const { cause } = error;
  // Causes are this folder's own words or the code of a broken connection, but for what a schema says.
  const detail = cause instanceof Error && !(cause instanceof UpstreamFailure) ? cause.message : '';
  if (error instanceof UpstreamUnavailableError) {
    return detail === '' ? error.reason : `${error.reason}: ${detail}`;
  }
  if (cause instanceof UpstreamFailure) return null;
  if (cause instanceof z.core.$ZodError) return 'not of the shape that is documented';
  return detail === '' ? error.message : detail;
};

/** Whether the API, or the way to it, did not do its part; false for refusals and for what was decided here. */
const isApiFault = (error: unknown): boolean => {
  if (error instanceof UpstreamUnavailableError) {
    if (error.cause instanceof OutOfTime) return false;
    return (
      error.reason === 'unreachable' || error.reason === 'server' || error.reason === 'timeout'
    );
  }
  if (error instanceof RateLimitedError) return error.cause instanceof UpstreamFailure;
  return error instanceof ContractBrokenError || !(error instanceof GatewayError);
};

/** What the log may hold of a failed attempt, or of an exchange that was not sent. `status` is null without an answer. */
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
