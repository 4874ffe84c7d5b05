import process from 'node:process';
import { ampleQuota } from '../test/support/gateway/ample-quota.ts';
import { startReadyGateway } from '../test/support/gateway/gateway-process.ts';
import { closeLoad } from './soak/load.ts';
import { mixed } from './soak/mixed.ts';
import { isWithinBound, printFigures } from './soak/report.ts';
import {
  flicker,
  outage,
  overload,
  type Scenario,
  type Setting,
  warmUp,
} from './soak/scenarios.ts';
import { subscribers } from './soak/subscribers.ts';
import { startUpstream } from './soak/upstream.ts';

/*
 * Runs load on the built gateway in front of a REST server that fails: `npm run soak [-- minutes [names]]`. Prints the
 * measurements; the exit code is 1 if a bound is missed. `minutes` is the duration of the mixed load
 * and of the subscribers.
 */

const [minutes = '2', ...names] = process.argv.slice(2);

/** In less time, the buffers of a client that does not read are not full. */
const subscriberMinutes = Math.max(4, Number(minutes));

const scenarios: readonly (readonly [
  name: string,
  title: string,
  run: (setting: Setting) => Promise<Scenario>,
])[] = [
  ['outage', 'The API fails completely for 30 s at 200 operations/s', outage],
  ['flicker', 'One call in twenty fails, at 100 operations/s', flicker],
  ['overload', 'Three times the load that the API can handle', overload],
  [
    'mixed',
    `Mixed load for ${minutes} minutes`,
    (setting) => mixed(setting, Number(minutes) * 60_000),
  ],
  [
    'subscribers',
    `1,000 subscribers come and go for ${subscriberMinutes} minutes`,
    (setting) => subscribers(setting, subscriberMinutes * 60_000),
  ],
];

let missed = 0;
for (const [name, title, run] of scenarios) {
  if (names.length > 0 && !names.includes(name)) continue;
  const upstream = await startUpstream();
  const gateway = await startReadyGateway({
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    APPLIVERY_BASE_URL: upstream.baseUrl,
    APPLIVERY_ORGANIZATION_ID: upstream.organizationId,
    // A small heap, so that a leak becomes visible.
    NODE_OPTIONS: '--max-old-space-size=192',
    // The quota must not limit the load.
    ...ampleQuota,
    LIVE_INTERVAL_SECONDS: '2',
    MAX_SUBSCRIPTIONS: '1100',
  });
  const setting = { url: gateway.url, upstream };
  await warmUp(setting);
  const { figures, note } = await run(setting);
  printFigures(title, figures, note);
  missed += figures.filter((figure) => !isWithinBound(figure)).length;
  const exitCode = await gateway.stop();
  if (exitCode !== 0)
    process.stdout.write(`  the gateway ended with ${exitCode}\n${gateway.output()}\n`);
  missed += exitCode === 0 ? 0 : 1;
  await upstream.close();
}
await closeLoad();
process.stdout.write(
  missed === 0 ? '\nEvery bound is kept.\n' : `\n${missed} bounds are missed.\n`,
);
process.exitCode = missed === 0 ? 0 : 1;
