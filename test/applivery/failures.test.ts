import { describe, expect, it } from 'vitest';
import { toError } from '../../src/applivery/failures.ts';
import { InputRejectedError, RateLimitedError } from '../../src/domain/errors.ts';
import type { UpstreamRequest } from '../../src/rest/request.ts';

const getOne: UpstreamRequest = {
  method: 'GET',
  path: '/organizations/{organizationId}/mdm/users/{mdmUserId}',
  parameters: {},
  permission: 'mdm.global.mdmUser.get',
};
const list: UpstreamRequest = { ...getOne, path: '/organizations/{organizationId}/mdm/users' };
const create: UpstreamRequest = { ...list, method: 'POST' };

const table: readonly (readonly [number | null, number | null, UpstreamRequest, string])[] = [
  [400, 5050, create, 'PLAN_LIMIT'],
  [400, 5050, list, 'PLAN_LIMIT'],
  [400, 5017, create, 'PLAN_LIMIT'],
  [400, 5145, create, 'CREATION_FAILED'],
  [400, 5048, create, 'INPUT_REJECTED'],
  [400, 3001, create, 'INPUT_REJECTED'],
  [400, 3001, getOne, 'INPUT_REJECTED'],
  [400, 9999, create, 'INPUT_REJECTED'],
  [400, null, create, 'INPUT_REJECTED'],
  [401, 4001, list, 'UNAUTHENTICATED'],
  [401, 4002, list, 'UNAUTHENTICATED'],
  [401, 4004, list, 'UNAUTHENTICATED'],
  [401, 4005, list, 'UNAUTHENTICATED'],
  [401, 9999, list, 'UNAUTHENTICATED'],
  [402, 9999, list, 'INPUT_REJECTED'],
  [403, 4003, list, 'FORBIDDEN'],
  [403, null, list, 'FORBIDDEN'],
  [404, 3001, getOne, 'NOT_FOUND'],
  [404, 3001, list, 'NOT_FOUND'],
  [404, 9999, getOne, 'NOT_FOUND'],
  [404, 1002, getOne, 'NOT_SUPPORTED'],
  [405, 1002, create, 'NOT_SUPPORTED'],
  [405, null, create, 'NOT_SUPPORTED'],
  [408, null, create, 'UPSTREAM_UNAVAILABLE'],
  [409, 5001, create, 'INPUT_REJECTED'],
  [422, 3001, getOne, 'NOT_FOUND'],
  [422, 3001, list, 'INPUT_REJECTED'],
  [422, 3001, create, 'INPUT_REJECTED'],
  [422, 3000, getOne, 'INPUT_REJECTED'],
  [429, null, list, 'RATE_LIMITED'],
  [500, 1000, create, 'UPSTREAM_UNAVAILABLE'],
  [502, null, list, 'UPSTREAM_UNAVAILABLE'],
  [503, null, list, 'UPSTREAM_UNAVAILABLE'],
  [504, null, list, 'UPSTREAM_UNAVAILABLE'],
  [301, null, list, 'CONTRACT_BROKEN'],
  // The bounds of the ranges, and values outside.
  [400, 0, create, 'INPUT_REJECTED'],
  [499, null, create, 'INPUT_REJECTED'],
  [500, null, create, 'UPSTREAM_UNAVAILABLE'],
  [599, null, list, 'UPSTREAM_UNAVAILABLE'],
  [399, null, list, 'CONTRACT_BROKEN'],
  [600, null, list, 'CONTRACT_BROKEN'],
  // The status decides, even if the code has a meaning with another status.
  [401, 5050, list, 'UNAUTHENTICATED'],
  [402, 5050, create, 'INPUT_REJECTED'],
  [403, 4002, list, 'FORBIDDEN'],
  [403, 5050, create, 'FORBIDDEN'],
  [404, 5050, getOne, 'NOT_FOUND'],
  [404, null, getOne, 'NOT_FOUND'],
  [400, 1002, create, 'INPUT_REJECTED'],
  [400, 4002, create, 'INPUT_REJECTED'],
  [405, 3001, getOne, 'NOT_SUPPORTED'],
  [408, 3001, getOne, 'UPSTREAM_UNAVAILABLE'],
  [409, 3001, getOne, 'INPUT_REJECTED'],
  [409, null, create, 'INPUT_REJECTED'],
  [422, 5050, create, 'INPUT_REJECTED'],
  [422, 1002, getOne, 'INPUT_REJECTED'],
  [429, 5050, create, 'RATE_LIMITED'],
  [500, 5050, create, 'UPSTREAM_UNAVAILABLE'],
  [503, 4002, list, 'UPSTREAM_UNAVAILABLE'],
  [null, 4001, list, 'UNAUTHENTICATED'],
  [null, 4004, list, 'UNAUTHENTICATED'],
  [null, 4005, list, 'UNAUTHENTICATED'],
  [null, 4002, list, 'UNAUTHENTICATED'],
  [null, 4003, list, 'FORBIDDEN'],
  [null, 5050, create, 'PLAN_LIMIT'],
  [null, 5017, create, 'PLAN_LIMIT'],
  [null, 5145, create, 'CREATION_FAILED'],
  [null, 5001, create, 'INPUT_REJECTED'],
  [null, 3001, getOne, 'NOT_FOUND'],
  [null, 3001, create, 'INPUT_REJECTED'],
  [null, 3000, create, 'INPUT_REJECTED'],
  [null, 1002, getOne, 'NOT_SUPPORTED'],
  [null, 1000, create, 'UPSTREAM_UNAVAILABLE'],
  [null, 9999, create, 'CONTRACT_BROKEN'],
  [null, null, create, 'CONTRACT_BROKEN'],
  // Only with a status of success does the code decide alone.
  [302, 4001, list, 'CONTRACT_BROKEN'],
  [600, 5050, create, 'CONTRACT_BROKEN'],
];

const errorOf = (
  status: number | null,
  code: number | null,
  request: UpstreamRequest,
  isEnvelope = true,
) => toError({ status, code, isEnvelope, retryAfterMs: 7_000 }, request);

describe('the failure table', () => {
  it.each(table)('HTTP %s with code %s means its own error', (status, code, request, expected) => {
    expect(errorOf(status, code, request).code).toBe(expected);
  });

  it.each([400, 404, 409, 422])('a %s without an envelope is a broken contract', (status) => {
    expect(errorOf(status, null, getOne, false).code).toBe('CONTRACT_BROKEN');
  });

  it.each([
    [401, 'UNAUTHENTICATED'],
    [403, 'FORBIDDEN'],
    [405, 'NOT_SUPPORTED'],
    [408, 'UPSTREAM_UNAVAILABLE'],
    [429, 'RATE_LIMITED'],
    [500, 'UPSTREAM_UNAVAILABLE'],
    [502, 'UPSTREAM_UNAVAILABLE'],
    [599, 'UPSTREAM_UNAVAILABLE'],
  ])('a %s needs no envelope', (status, expected) => {
    expect(errorOf(status, null, getOne, false).code).toBe(expected);
  });

  it.each([4002, 4003, 5050, 1000])('a failure with a status of success needs one: %i', (code) => {
    expect(errorOf(null, code, list, false).code).toBe('CONTRACT_BROKEN');
  });

  it('tells a timeout of the API from a failure of the API', () => {
    expect(errorOf(408, null, create)).toMatchObject({ reason: 'timeout', mayHaveArrived: true });
    expect(errorOf(408, null, create).message).toContain('gave up on the request');
  });

  it.each([
    400,
    null,
  ])('tells a plan without the feature from one that is used up (%s)', (status) => {
    expect(errorOf(status, 5050, create).message).toContain('does not include this feature');
    expect(errorOf(status, 5017, create).message).toContain('is used up');
  });

  it.each([
    [409, 5001],
    [409, null],
    [null, 5001],
  ])('tells a conflict from refused values (%s/%s)', (status, code) => {
    const error = errorOf(status, code, create);
    expect(error.message).toContain('conflicts with the current state');
    expect(error).toMatchObject({ faults: [{ path: [] }] });
  });

  it.each([
    [404, 3001],
    [422, 3001],
    [null, 3001],
  ])('says that one object does not exist (%s/%s)', (status, code) => {
    expect(errorOf(status, code, getOne).message).toBe(
      'It does not exist, or the credential may not see it.',
    );
  });

  it('says that something that the request of a list names does not exist', () => {
    expect(errorOf(404, 3001, list).message).toContain('The organization, or something');
  });

  it('names the permission that is missing', () => {
    expect(errorOf(403, 4003, getOne).message).toContain('mdm.global.mdmUser.get');
  });

  it('mentions a permission if its name is not known', () => {
    const { permission: _none, ...unnamed } = getOne;
    expect(errorOf(403, 4003, unnamed).message).toContain('lacks the permission for this.');
  });

  it('tells how long to wait after a 429', () => {
    const error = errorOf(429, null, list);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs: 7_000, retryable: true });
    expect(error.message).toContain('7 s');
  });

  it('asks to wait two seconds if a 429 does not say how long', () => {
    const refusal = { status: 429, code: null, isEnvelope: false, retryAfterMs: null };
    expect(toError(refusal, list)).toMatchObject({ retryAfterMs: 2_000 });
  });

  it('tells that a request may have arrived if the server failed', () => {
    expect(errorOf(500, 1000, create)).toMatchObject({ reason: 'server', mayHaveArrived: true });
    expect(errorOf(500, 1000, create).message).toContain('Check before you try again');
  });

  it('reports refused values as a fault of the whole input', () => {
    const error = errorOf(400, 3001, create);
    expect(error).toBeInstanceOf(InputRejectedError);
    expect(error).toMatchObject({ faults: [{ path: [] }] });
  });

  it('keeps status and code as the cause, for the log', () => {
    const causeOf = (status: number | null, code: number | null) =>
      errorOf(status, code, create).cause;
    expect(causeOf(400, 5050)).toMatchObject({
      status: 400,
      code: 5050,
      message: 'HTTP 400, code 5050',
    });
    expect(causeOf(null, null)).toMatchObject({ message: 'HTTP success, code none' });
  });

  it('shows callers no vendor code', () => {
    for (const [status, code, request] of table) {
      const { message } = errorOf(status, code, request);
      if (code !== null) expect(message).not.toContain(String(code));
    }
  });
});
