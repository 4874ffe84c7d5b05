import { createMdmUsers } from '../applivery/mdm-users.ts';
import { createOrganizations } from '../applivery/organizations.ts';
import { readPayload } from '../applivery/payload.ts';
import { createTenancy } from '../applivery/tenancy.ts';
import type { Config } from '../config.ts';
import type { Credential } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { OnTransportEvent } from '../domain/transport-event.ts';
import { platforms } from '../platforms/registry.ts';
import { createTransport } from '../rest/transport.ts';
import type { SourceExamples } from '../server/graphiql/example-data.ts';
import { sharePlatformReads, shareUserReads } from '../sharing/platform-reads.ts';
import { createSharedReads } from '../sharing/shared-reads.ts';
import type { SharedState } from '../state/shared-state.ts';

/** The REST API that the gateway calls. */
export interface Upstream {
  /** With the version, e.g. `https://api.applivery.io/v1`. */
  readonly baseUrl: string;
  /** Default organization, id or slug. */
  readonly organization: string | undefined;
  /** The Authorization header for callers who send none. Only the embedded sandbox has one. */
  readonly anonymousAuthorization?: string;
  /** Ids and addresses for GraphiQL's examples. Only the embedded sandbox has them. */
  readonly examples?: SourceExamples;
}

interface UpstreamObserver {
  /** Called for each tolerated deviation of the API from its documents. */
  readonly onSurprise: (kind: string) => void;
  readonly onEvent: OnTransportEvent;
  /** Called when a write in an organization has ended. */
  readonly onWrite: (organizationId: OrganizationId) => void;
}

/** The REST API behind the domain's ports. Equal reads that run at the same time with the same credential are made once. */
export const connectUpstream = (
  config: Config,
  { baseUrl, organization }: Upstream,
  { quota, hash }: Pick<SharedState, 'quota' | 'hash'>,
  { onSurprise, onEvent, onWrite }: UpstreamObserver,
) => {
  const sharedReads = createSharedReads(onWrite);
  const connection = createTransport({
    baseUrl,
    upstreamTimeoutMs: config.upstreamTimeoutMs,
    concurrency: config.upstreamConcurrency,
    readPayload,
    quota,
    quotaBurst: config.upstreamQuota.burst,
    hashCredential: config.auth.kind === 'service' ? null : hash,
    onEvent,
  });
  const { allowedOrganizations = organization === undefined ? [] : [organization] } = config;
  const tenancy = createTenancy(allowedOrganizations, createOrganizations(connection));
  const transport = tenancy.restrict(connection);
  const bounds = { maxLimit: config.upstreamMaxLimit, maxScanItems: config.maxScanItems };
  return {
    sharedReads,
    load: () => connection.load(),
    /** Whether the API has accepted a credential within the last hour. */
    isAccepted: (credential: Credential) => connection.isAccepted(credential),
    platforms: platforms.map(({ createPlatform }) =>
      sharePlatformReads(createPlatform(transport, { ...bounds, onSurprise }), sharedReads),
    ),
    users: shareUserReads(createMdmUsers(transport, onSurprise), sharedReads),
    organizations: tenancy.organizations,
    close: () => connection.close(),
  };
};

/** The connected API, as `connectUpstream` returns it. */
export type UpstreamConnection = ReturnType<typeof connectUpstream>;
