import type { PlatformSandbox } from '../platform.ts';
import type { Route } from '../router.ts';
import { organizationRoutes } from './organization-routes.ts';
import { policyRoutes, policySummaryRoute } from './policy-routes.ts';
import { tokenReadRoutes } from './token-reads.ts';
import { tokenWriteRoutes } from './token-writes.ts';
import { userReadRoutes } from './user-routes.ts';
import { userWriteRoutes } from './user-writes.ts';

/** Every operation of the API with these platforms. */
export const routesOf = (platforms: readonly PlatformSandbox[]): readonly Route[] => [
  ...organizationRoutes,
  ...userReadRoutes,
  ...userWriteRoutes,
  policySummaryRoute,
  ...platforms.flatMap((platform) => [
    ...tokenReadRoutes(platform),
    ...tokenWriteRoutes(platform),
    ...policyRoutes(platform),
  ]),
];
