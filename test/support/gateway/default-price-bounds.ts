import type { PriceBounds } from '../../../src/graphql/pricing/price.ts';
import { platforms } from '../../../src/platforms/registry.ts';

/** The bounds of prices in a gateway with the defaults of the configuration. */
export const defaultPriceBounds: PriceBounds = {
  defaultPageSize: 20,
  maxPageSize: 100,
  maxScanItems: 2_000,
  maxLimit: 500,
  bulkChunkSize: 50,
  platforms: platforms.length,
};
