import { buildGateway } from '../../scripts/build.ts';

/** Before all tests: those that start processes start what is built from the sources as they are. */
export const setup = buildGateway;
