import type { Collection } from '../data/collection.ts';
import type { JsonObject } from '../json.ts';
import type { Organization } from '../organization.ts';

/** What the vendor's webhooks tell of tokens: that one was created, and that a device enrolled with one. */
type WebhookEvent = 'enrollmentToken.created' | 'device.enrolled';

/** Calls a webhook when something happens that the vendor's webhooks tell. Without a URL it calls nothing. */
export interface Webhook {
  /** Null: no webhook is called any more. The counts begin anew. */
  readonly set: (url: string | null) => void;
  /** Tells what happens to the tokens of an organization from now on. */
  readonly watch: (organization: Organization) => void;
  /** Null: none is set. The path is left out: it contains the secret of the gateway. */
  readonly state: () => JsonObject | null;
}

const timeoutMs = 5_000;
const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Why a text cannot be the URL of a webhook; null if it can. */
export const webhookProblem = (text: string): string | null => {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return 'the webhook must be an http or https URL, e.g. http://127.0.0.1:4000/webhooks/<secret>';
  }
  if (url.username !== '' || url.password !== '') return 'the webhook must have no user name';
  return null;
};

/** Whether a URL leads to this machine. */
export const isLoopback = (url: string): boolean => loopback.test(new URL(url).hostname);

/**
 * Creates a webhook. Its bodies have an invented form: those of the vendor are not documented. At most one call is on
 * its way. Whatever happens meanwhile causes one further call, with the last event. A call that fails is counted, and
 * not repeated.
 */
export const createWebhook = (now: () => Date, signal: AbortSignal): Webhook => {
  let url: string | null = null;
  let counts = { calls: 0, failures: 0 };
  let waiting: string | null = null;
  let isCalling = false;

  const call = async (target: string, body: string): Promise<boolean> => {
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        // A redirect would lead to a place that nobody has checked.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  };

  const callWhileWaiting = async (): Promise<void> => {
    isCalling = true;
    while (waiting !== null && url !== null && !signal.aborted) {
      const body = waiting;
      waiting = null;
      const counted = counts;
      counted.calls += 1;
      if (!(await call(url, body))) counted.failures += 1;
    }
    isCalling = false;
  };

  const tell = (event: WebhookEvent, organizationId: string, tokenId: string): void => {
    if (url === null) return;
    const at = now().toISOString();
    waiting = JSON.stringify({ event, organization: organizationId, at, enrollmentToken: tokenId });
    if (!isCalling) void callWhileWaiting();
  };

  const watchTokens = (tokens: Collection, organizationId: string): void =>
    tokens.onChange((before, after) => {
      if (before === undefined) tell('enrollmentToken.created', organizationId, after.id);
      else if (before['state'] !== 'DONE' && after['state'] === 'DONE') {
        tell('device.enrolled', organizationId, after.id);
      }
    });

  return {
    set: (next) => {
      url = next;
      waiting = null;
      counts = { calls: 0, failures: 0 };
    },
    watch: ({ id, platforms }) => {
      for (const { tokens } of platforms) watchTokens(tokens, id);
    },
    state: () => (url === null ? null : { origin: new URL(url).origin, ...counts }),
  };
};
