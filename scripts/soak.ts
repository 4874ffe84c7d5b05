import process from 'node:process';
import { startReadyGateway } from '../test/support/gateway-process.ts';
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
import { startUpstream } from './soak/upstream.ts';

/*
 * The built gateway as a process of its own, in front of a REST server that fails: `npm run soak [-- minutes [names]]`.
 * Prints what was measured and ends with 1 where a bound is missed. `minutes` is how long the mixed load lasts.
 */

const [minutes = '2', ...names] = process.argv.slice(2);

const scenarios: readonly (readonly [
  name: string,
  title: string,
  run: (setting: Setting) => Promise<Scenario>,
])[] = [
  ['outage', 'The API fails wholly for 30 s at 200 operations/s', outage],
  ['flicker', 'One call in twenty fails, at 100 operations/s', flicker],
  ['overload', 'Three times the load that it can carry', overload],
  [
    'mixed',
    `Mixed load for ${minutes} minutes`,
    (setting) => mixed(setting, Number(minutes) * 60_000),
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
    // So little that a leak would show.
    NODE_OPTIONS: '--max-old-space-size=192',
    // The quota is the organization's, and no part of this.
    UPSTREAM_REQUESTS_PER_HOUR: '100000000',
    UPSTREAM_BURST: '1000000',
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
