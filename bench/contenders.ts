import { fileURLToPath } from 'node:url';
import { organizationId } from './data.ts';
import { type Measured, start } from './processes.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The programs in the comparison. */
export type ContenderName = 'bare' | 'plain' | 'gateway';

export const titles: Readonly<Record<ContenderName, string>> = {
  bare: 'bare aggregator',
  plain: 'plain stack',
  gateway: 'gateway',
};

export const contenderNames: readonly ContenderName[] = ['bare', 'plain', 'gateway'];

/** Starts the upstream of the benchmark. */
export const startUpstream = (): Promise<Measured> => start(here('upstream.js'));

/** Starts one of the programs in front of the upstream. */
export const startContender = (name: ContenderName, upstreamUrl: string): Promise<Measured> => {
  switch (name) {
    case 'bare':
    case 'plain': {
      const program = here(name === 'bare' ? 'bare-aggregator.js' : 'plain-stack.js');
      return start(program, {
        NODE_ENV: 'production',
        UPSTREAM_URL: upstreamUrl,
        ORGANIZATION_ID: organizationId,
      });
    }
    case 'gateway':
      // The delivered build with its defaults, logs and metrics on. Only the quota is raised, because the upstream has none.
      return start(here('../../dist/main.js'), {
        NODE_ENV: 'production',
        PORT: '0',
        APPLIVERY_BASE_URL: upstreamUrl,
        APPLIVERY_ORGANIZATION_ID: organizationId,
        UPSTREAM_REQUESTS_PER_HOUR: '100000000',
        UPSTREAM_BURST: '1000000',
      });
    default:
      return name satisfies never;
  }
};
