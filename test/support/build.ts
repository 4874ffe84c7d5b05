import { buildGateway } from '../../scripts/build.ts';

/** Builds the gateway before all tests, because some tests start it as a process. */
export const setup = buildGateway;
