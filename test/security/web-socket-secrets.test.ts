import { expect, it, onTestFinished } from 'vitest';
import { startLiveGateway } from '../e2e/live/live-gateway.ts';
import { startCollector } from '../server/telemetry/collector.ts';
import { connect, openSocket, type RawSocket, subscribe } from '../server/websocket/raw-socket.ts';
import { scrape } from '../support/gateway/metrics.ts';
import { createSecretWatch, secretsOfSandbox } from '../support/gateway/secret-watch.ts';
import { eventually } from '../support/time/eventually.ts';

const link = 'https://mdm.example.com/enroll?token=c4n4ryoftheplantedlink0a1b2c3d4e5f';
const code = 'C4N4RY0FC0DE';
const misplaced = 'c4n4ryofamisplacedkey0a1b2c3d4e5f';
const changes = `subscription Watch($after: String, $ids: [ID!]) {
  enrollmentTokenChanges(after: $after, filter: { ids: $ids }) {
    cursor kind token { id enrollmentLink enrollmentCode enrollmentQrCode user { name } }
  }
}`;

it('WebSockets leave no link, code or key in the log, metrics, traces and errors', async () => {
  const collector = await startCollector();
  onTestFinished(collector.close);
  const live = await startLiveGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    LOG_LEVEL: 'trace',
  });
  onTestFinished(live.close);
  const { sandbox } = live;
  const key = sandbox.addKey();
  const keyed = await connect(live.url, { headers: { Authorization: `Bearer ${key}` } });
  const headers = { authorization: `Bearer ${sandbox.apiKey}` };
  const ofHeader = await connect(live.url, undefined, { headers });
  for (const { send } of [keyed, ofHeader]) send(subscribe('1', changes));
  await live.untilFollowed(2);
  sandbox.addToken('windows', { enrollmentLink: link, enrollCode: code });
  const [change] = await ofHeader.messagesOf('1', 1);
  expect(change?.payload.data.enrollmentTokenChanges.token).toMatchObject({
    ...{ enrollmentLink: link, enrollmentCode: code },
  });
  await keyed.messagesOf('1', 1);
  sandbox.revokeKey(key);
  await keyed.messagesOf('1', 3);

  // Credentials in the wrong places.
  const wrong = [
    { variables: { after: link } },
    { variables: { ids: [link, code, misplaced] } },
    { extensions: { persistedQuery: { version: 1, sha256Hash: misplaced } } },
  ];
  for (const [index, more] of wrong.entries()) {
    ofHeader.send(subscribe(`wrong ${index}`, changes, more));
    expect((await ofHeader.messagesOf(`wrong ${index}`, 1))[0]?.type).toBe('error');
  }
  const closed: { code: number; reason: string }[] = [];
  const breaks: ((socket: RawSocket) => void)[] = [
    ({ send }) => send({ type: 'connection_init', payload: { authorization: [misplaced] } }),
    ({ send }) => send({ type: 'connection_init', payload: { authorization: `${misplaced}\n` } }),
    ({ send }) => send({ type: misplaced }),
    ({ send }) => send(subscribe(misplaced)),
    ({ socket }) => socket.send(misplaced),
    ({ socket }) => socket.close(4000, misplaced),
  ];
  for (const act of breaks) {
    const socket = await openSocket(live.url);
    act(socket);
    closed.push(await socket.closed);
  }
  for (const target of [`?authorization=${misplaced}`, `/${misplaced}`]) {
    await openSocket(`${live.url}${target}`, { headers: { 'x-other': misplaced } }).then(
      ({ socket }) => socket.close(),
      () => {},
    );
  }

  const watch = createSecretWatch([link, code, key, misplaced, ...secretsOfSandbox(sandbox)]);
  watch.record('the metrics', await scrape(live.url));
  ofHeader.socket.close();
  keyed.socket.close();
  await live.untilFollowed(0);
  await live.stop('SIGTERM');
  await eventually(() => expect(collector.bodies()).toContain('Watch'));
  watch.record('the traces', collector.bodies());
  watch.record('the log', live.output());
  watch.record('the reason of a close', JSON.stringify(closed.slice(0, -1)));
  const errors = [...ofHeader.messages(), ...keyed.messages()].flatMap(({ type, payload }) =>
    type === 'error' ? payload : (payload?.errors ?? []),
  );
  expect(errors.length).toBeGreaterThan(wrong.length);
  watch.record('an error', JSON.stringify(errors));
  watch.check([]);
});
