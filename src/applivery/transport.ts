import type { z } from 'zod';
import type { Operation } from '../tokens/ports.ts';

/** One REST request. Path parameters are validated ids or slugs; they and the query are encoded by the transport. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The endpoint's template below the base, e.g. `/organizations/{organizationId}/mdm/users/{userId}`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The permission it needs, named to the caller on a 403. */
  readonly permission?: string;
}

/** One exchange with the REST API, done well. */
export interface Transport {
  /**
   * Sends a request and returns the envelope's `data`, parsed by the schema. Throws the errors of tokens/errors.ts.
   */
  exchange<Data>(
    operation: Operation,
    request: UpstreamRequest,
    schema: z.ZodType<Data>,
  ): Promise<Data>;
}
