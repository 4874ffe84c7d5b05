import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createAsk, type Gateway } from '../../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { serviceEnvironment } from './callers.ts';

/** Starts the built gateway, in production and in service mode, in front of a sandbox. */
export const startServiceGateway = async (
  { organizationId, apiKey }: Sandbox,
  baseUrl: string,
  environment: Readonly<Record<string, string>>,
): Promise<ReadyGateway & Pick<Gateway, 'ask'>> => {
  const gateway = await startReadyGateway({
    ...serviceEnvironment,
    NODE_ENV: 'production',
    APPLIVERY_BASE_URL: baseUrl,
    APPLIVERY_ORGANIZATION_ID: organizationId,
    APPLIVERY_API_KEY: apiKey,
    ...environment,
  });
  return { ...gateway, ask: createAsk(gateway.url, null) };
};
