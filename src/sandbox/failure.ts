import type { Json } from './json.ts';

/** An error answer of the API: HTTP status, vendor code, message, and details if there are any. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly code: number;
  readonly data: Json | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: number,
    message: string,
    extras: { readonly data?: Json; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.data = extras.data;
    this.headers = extras.headers ?? {};
  }
}

/** What is wrong with one part of a request. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

const describe = (faults: readonly Fault[]): Json =>
  faults.map(({ path, message }) => ({ path, message }));

export const bodyRefused = (faults: readonly Fault[]) =>
  new ApiFailure(400, 3001, 'Body Validation Error', { data: describe(faults) });
export const queryRefused = (faults: readonly Fault[]) =>
  new ApiFailure(400, 3001, 'Query Validation Error', { data: describe(faults) });
export const planRefused = () =>
  new ApiFailure(400, 5050, 'Feature not allowed for you billing plan');
export const userExists = () => new ApiFailure(400, 5048, 'Mdm user already exists');
export const userHasDevices = () =>
  new ApiFailure(400, 5054, 'MdmUser Can not be deleted because has no delete emmDevices');
export const userHasTokens = () =>
  new ApiFailure(400, 5055, 'MdmUser Can not be deleted because has pending emmEnrollmentTokens');
export const authMissing = () => new ApiFailure(401, 4002, 'No auth token');
export const authRefused = () => new ApiFailure(401, 4004, 'Invalid Token');
export const permissionMissing = () =>
  new ApiFailure(403, 4003, 'Forbidden - You are not allowed to perform this action');
export const entityMissing = () => new ApiFailure(404, 3001, 'Entity not found');
export const routeMissing = () => new ApiFailure(404, 1002, 'Route not found');
export const bodyTooLarge = () => new ApiFailure(413, 1000, 'Request entity too large');
export const internalFailure = () => new ApiFailure(500, 1000, 'Internal error');

/** 429. Without seconds there is no Retry-After header, which the API does not promise. */
export const tooManyRequests = (retryAfterSeconds?: number) =>
  new ApiFailure(429, 0, 'Too many requests', {
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  });
