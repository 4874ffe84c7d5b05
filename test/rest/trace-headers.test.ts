import {
  context,
  createTraceState,
  propagation,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { connect, json, organizationId, startOperation, startServer } from './harness.ts';

it('a call sends traceparent, but neither the trace state nor the baggage around it', async () => {
  const provider = new NodeTracerProvider();
  provider.register();
  onTestFinished(async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
    propagation.disable();
  });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const parent = trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    traceState: createTraceState('vendor=planted'),
  });
  const surroundings = propagation.setBaggage(
    parent,
    propagation.createBaggage({ employee: { value: 'planted' } }),
  );
  const server = await startServer(json({ status: true, data: {} }));
  const transport = connect(server.baseUrl);
  await context.with(surroundings, () =>
    transport.exchange(
      startOperation(),
      {
        method: 'GET',
        path: '/organizations/{organizationId}/mdm/users',
        parameters: { organizationId },
      },
      z.object({}),
    ),
  );
  const [{ headers = {} } = {}] = server.seen;
  expect(headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-[\\da-f]{16}-01$`));
  expect(JSON.stringify(headers)).not.toMatch(/planted|tracestate|baggage/);
});
