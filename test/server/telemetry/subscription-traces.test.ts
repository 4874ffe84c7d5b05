import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAsk } from '../../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { postForEvents } from '../../support/http/event-stream.ts';
import { type Collector, startCollector } from './collector.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';

let collector: Collector;
let gateway: ReadyGateway;

beforeAll(async () => {
  collector = await startCollector();
  gateway = await startReadyGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    LIVE_INTERVAL_SECONDS: '1',
  });
});
afterAll(async () => {
  await gateway.stop();
  collector.close();
});

describe('the trace of a subscription', () => {
  it('has a span for its start and one for each event with its calls, and no reading of the lists', async () => {
    const ask = createAsk(gateway.url, null);
    const { data } = await ask('{ mdmUsers(first: 2) { nodes { id } } }');
    const stream = await postForEvents(
      gateway.url,
      { query: 'subscription Watch { enrollmentTokenChanges { token { user { name } } } }' },
      { traceparent: `00-${traceId}-${callersSpan}-01` },
    );
    for (const { id } of data.mdmUsers.nodes) {
      await ask(
        'mutation ($id: ID!) { createWindowsEnrollmentToken(input: { userId: $id, sendEmail: false }) { userErrors { code } } }',
        { variables: { id } },
      );
    }
    await stream.answer(1);
    stream.leave();
    await gateway.stop();
    const ofCaller = collector.spans().filter((span) => span.traceId === traceId);
    const operations = ofCaller.filter(({ parentSpanId }) => parentSpanId === callersSpan);
    expect(operations.map(({ name }) => name)).toEqual([
      'subscription Watch',
      'subscription Watch',
      'subscription Watch',
    ]);
    const names = collector.spans().map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('/enrollment-tokens')).length).toBeGreaterThan(2);
    expect(ofCaller.filter(({ name }) => name.endsWith('/enrollment-tokens'))).toEqual([]);
  });
});
