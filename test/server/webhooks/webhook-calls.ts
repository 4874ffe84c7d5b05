import { type Gateway, startWorld, type World } from '../../support/gateway/gateway.ts';
import { fetchSamples } from '../../support/gateway/metrics.ts';
import { sendAsIs, type UndecodedAnswer } from '../../support/http/undecoded.ts';

export const secret = 'hook-4f0c9a17e2b84d06';

/** Starts a gateway that reads once a minute, unless something makes it read. */
export const startHookedWorld = (
  environment: Readonly<Record<string, string>> = {},
): Promise<World> =>
  startWorld(
    { tokens: 20, users: 5, policies: 4 },
    { LIVE_INTERVAL_SECONDS: '60', WEBHOOK_SECRET: secret, ...environment },
  );

/** The URL of a webhook of this gateway. */
export const webhookOf = ({ url }: Pick<Gateway, 'url'>, path = `/${secret}`): string =>
  new URL(`/webhooks${path}`, url).href;

/** Sends a request to a webhook, and leaves the answer as it is. */
export const callWebhook = (
  gateway: Pick<Gateway, 'url'>,
  path = `/${secret}`,
  method = 'POST',
  body = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<UndecodedAnswer> =>
  sendAsIs(webhookOf(gateway, path), {
    method,
    headers: { 'content-length': String(Buffer.byteLength(body)), ...headers },
    body,
  });

/** How often the lists were read for subscriptions, by cause. */
export const readsOf = async (url: string): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    (await fetchSamples(url, 'gateway_change_reads_total')).map(({ labels, value }) => [
      labels['cause'],
      value,
    ]),
  );

/** The calls of webhooks that the gateway has counted, by outcome. */
export const outcomesOf = async (url: string): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    (await fetchSamples(url, 'gateway_webhooks_total')).map(({ labels, value }) => [
      labels['outcome'],
      value,
    ]),
  );
