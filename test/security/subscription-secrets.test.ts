import { expect, it, onTestFinished } from 'vitest';
import { startLiveGateway } from '../e2e/live/live-gateway.ts';
import { startCollector } from '../server/telemetry/collector.ts';
import { scrape } from '../support/gateway/metrics.ts';
import { createSecretWatch, secretsOfSandbox } from '../support/gateway/secret-watch.ts';
import { type EventStream, postForEvents } from '../support/http/event-stream.ts';
import { eventually } from '../support/time/eventually.ts';

const maxScanItems = 20;
const link = 'https://mdm.example.com/enroll?token=c4n4ryoftheplantedlink0a1b2c3d4e5f';
const code = 'C4N4RY0FC0DE';
const changes = `subscription Watch($after: String, $ids: [ID!]) {
  enrollmentTokenChanges(after: $after, filter: { ids: $ids }) {
    cursor kind token { id enrollmentLink enrollmentCode enrollmentQrCode user { name } }
  }
}`;

const cursorsOf = (stream: EventStream): string[] =>
  stream.answers().flatMap(({ data }) => data?.enrollmentTokenChanges.cursor ?? []);

const webhookSecret = 'canary-webhook-0a1b2c3d4e5f6789';

it('subscriptions leave no link, code, key or secret of a webhook in the log, metrics, traces, cursors and errors', async () => {
  const collector = await startCollector();
  onTestFinished(collector.close);
  const live = await startLiveGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    LOG_LEVEL: 'trace',
    MAX_SCAN_ITEMS: String(maxScanItems),
    WEBHOOK_SECRET: webhookSecret,
  });
  onTestFinished(live.close);
  const { sandbox } = live;
  const plant = () => sandbox.addToken('windows', { enrollmentLink: link, enrollCode: code });
  const follow = (variables: object, apiKey = sandbox.apiKey) =>
    postForEvents(live.url, { query: changes, variables }, { authorization: `Bearer ${apiKey}` });
  const key = sandbox.addKey();
  const refused = await follow({}, key);
  const staying = await follow({});
  await live.untilFollowed(2);
  plant();
  const { data } = await staying.answer(0);
  expect(data.enrollmentTokenChanges.token).toMatchObject({
    enrollmentLink: link,
    enrollmentCode: code,
  });
  await refused.answer(0);
  sandbox.revokeKey(key);
  await refused.ended;

  // The API fails, answers what it should not, and recovers.
  for (const kind of ['html', 'truncate', 'status-false', 'forbidden'] as const) {
    const fault = sandbox.faults.add({ kind, match: { path: '/mdm/apple' } });
    await eventually(() => expect(fault.hits()).toBeGreaterThan(0));
    fault.remove();
  }

  // Calls of the webhook, right ones and wrong ones, also as a query and in headers.
  const webhook = `/webhooks/${webhookSecret}`;
  for (const [path, method, status] of [
    [webhook, 'POST', 202],
    [`${webhook}/${sandbox.organizationId}`, 'POST', 202],
    [`${webhook}/slug`, 'POST', 400],
    [webhook, 'GET', 405],
    [`${webhook}x`, 'POST', 404],
    [`/graphql${webhook}`, 'POST', 404],
    [`/graphql?query={${webhookSecret}}`, 'GET', 403],
  ] as const) {
    const headers = { referer: webhook, traceparent: webhook, 'x-request-id': webhookSecret };
    expect((await fetch(new URL(path, live.url), { method, headers })).status).toBe(status);
  }

  // Credentials in the wrong places, and a cursor that is too old.
  const [old = ''] = cursorsOf(staying);
  for (let count = 0; count <= maxScanItems; count += 1) plant();
  const failing = [refused];
  for (const variables of [
    { after: link },
    { after: sandbox.apiKey },
    { ids: [link, code, sandbox.apiKey] },
    { after: old },
  ]) {
    const stream = await follow(variables);
    await stream.ended;
    failing.push(stream);
  }
  expect(failing.map((stream) => stream.answers().at(-1)?.errors[0].extensions.code)).toEqual([
    'UNAUTHENTICATED',
    'BAD_CURSOR',
    'BAD_CURSOR',
    'BAD_USER_INPUT',
    'BAD_CURSOR',
  ]);

  const watch = createSecretWatch([link, code, key, webhookSecret, ...secretsOfSandbox(sandbox)]);
  watch.record('the metrics', await scrape(live.url));
  staying.leave();
  await live.untilFollowed(0);
  await live.stop('SIGTERM');
  expect(collector.bodies()).toContain('Watch');
  expect(live.output()).toContain('"kind":"subscription"');
  watch.record('the traces', collector.bodies());
  watch.record('the log', live.output());
  for (const stream of [staying, ...failing]) {
    for (const cursor of cursorsOf(stream)) {
      watch.record('a cursor', cursor);
      watch.record('a cursor, decoded', Buffer.from(cursor, 'base64url').toString('latin1'));
    }
    const errors = stream.answers().flatMap((answer) => answer.errors ?? []);
    watch.record('an error', JSON.stringify(errors));
  }
  watch.check([]);
});
