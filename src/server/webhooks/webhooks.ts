import { createHash, timingSafeEqual } from 'node:crypto';
import { isEntityId, type OrganizationId, toOrganizationId } from '../../domain/organization.ts';
import type { Exchange } from '../http/connections.ts';
import { badRequest, HttpError, methodNotAllowed, retryAfter } from '../http/http-error.ts';
import { awaitsContinue } from '../http/request-body.ts';
import type { Responder } from '../http/responder.ts';
import type { WebhookOutcome } from '../telemetry/change-metrics.ts';
import { dropBody } from './dropped-body.ts';

/** Begins to receive a call. The returned function answers it, when it is its turn on its connection. */
export type ReceiveWebhook = (exchange: Exchange, responder: Responder) => () => Promise<void>;

/** The routes `/webhooks/<secret>` and `/webhooks/<secret>/<organizationId>`. */
export interface Webhooks {
  /** Null: the path has not the right secret, so it is like any unknown path. */
  readonly find: (path: string) => ReceiveWebhook | null;
}

export interface WebhookOptions {
  readonly secret: string;
  /** Something may have changed in an organization. Null: in any. */
  readonly onCall: (organizationId: OrganizationId | null) => void;
  /** Counts a call. Resolves to null, or to the milliseconds after which a further call is accepted. */
  readonly takeTurn: () => Promise<number | null>;
  readonly onOutcome: (outcome: WebhookOutcome) => void;
}

const maxBodyBytes = 256 * 1024;
const closing = { connection: 'close' };

/** Hashes have one length, so the comparison tells nothing about the length of the secret either. */
const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

const slugRefused = () =>
  badRequest(
    'After the secret, the path can have the id of an organization: 24 hexadecimal digits. A slug cannot be looked up here, because the call has no credential. Send the id, or leave it out: then every organization that is followed is read.',
  );

const tooLarge = () =>
  new HttpError(
    413,
    'REQUEST_ENTITY_TOO_LARGE',
    `The body is too large: at most ${maxBodyBytes / 1024} KiB are allowed. It is not read, so send none.`,
    { headers: closing },
  );

const tooMany = (retryAfterMs: number) =>
  new HttpError(
    429,
    'RATE_LIMITED',
    'The webhook is called too often. Nothing is lost: one reading for all calls follows. Send fewer, or try again later.',
    retryAfter(Math.ceil(retryAfterMs / 1000)),
  );

/**
 * Creates the routes for webhooks. A call says that something has happened, and not what: its body is dropped. Whoever
 * does not know the secret cannot find out whether there are such routes.
 */
export const createWebhooks = ({
  secret,
  onCall,
  takeTurn,
  onOutcome,
}: WebhookOptions): Webhooks => {
  const secretHash = hash(secret);

  const receiveFor =
    (organization: string): ReceiveWebhook =>
    (exchange, responder) => {
      const { request, response } = exchange;
      // From its arrival on: the connection cannot be read further while a body waits.
      const body = dropBody(request, maxBodyBytes);

      const receive = async (): Promise<boolean> => {
        if (request.method !== 'POST') throw methodNotAllowed('POST');
        if (organization !== '' && !isEntityId(organization)) throw slugRefused();
        const retryAfterMs = await takeTurn();
        if (retryAfterMs !== null) throw tooMany(retryAfterMs);
        if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw tooLarge();
        if (awaitsContinue(request)) response.writeContinue();
        const received = await body;
        if (received === 'too-large') throw tooLarge();
        return received === 'complete';
      };

      return async () => {
        try {
          if (!(await receive())) return;
        } catch (error) {
          if (!(error instanceof HttpError)) throw error;
          onOutcome(error.status === 429 ? 'rate_limited' : 'refused');
          responder.sendUnreported(exchange, error);
          return;
        }
        onOutcome('accepted');
        onCall(organization === '' ? null : toOrganizationId(organization));
        responder.sendEmpty(exchange, 202);
      };
    };

  return {
    find: (path) => {
      const [, root, given = '', organization = '', end = '', more] = path.split('/', 6);
      // Every unknown path is compared, so that the time does not tell which paths are.
      const isKnown = timingSafeEqual(hash(given), secretHash);
      const isWebhook = isKnown && root === 'webhooks' && end === '' && more === undefined;
      return isWebhook ? receiveFor(organization) : null;
    },
  };
};
