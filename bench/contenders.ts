import { fileURLToPath } from 'node:url';
import { organizationId } from './data.ts';
import { type Measured, start } from './processes.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export type ContenderName = 'bare' | 'plain' | 'gateway';

export const titles: Readonly<Record<ContenderName, string>> = {
  bare: 'bare aggregator',
  plain: 'plain stack',
  gateway: 'gateway',
};

export const contenderNames: readonly ContenderName[] = ['bare', 'plain', 'gateway'];

export const startUpstream = (): Promise<Measured> => start(here('upstream.js'));

/** Starts one of the programs that are compared, in front of the upstream. */
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
      // As it is delivered and by its own defaults, logs and metrics on, but for the quota: the upstream has none.
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
