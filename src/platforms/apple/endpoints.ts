import {
  createEnterpriseEndpoints,
  type EnterpriseEndpoints,
} from '../../applivery/enterprise-endpoints.ts';
import type { OnSurprise } from '../../applivery/envelope.ts';
import type { Transport } from '../../rest/transport.ts';
import {
  type ApplePolicyWire,
  type AppleTokenWire,
  applePolicyWire,
  appleTokenWire,
} from './wire.ts';

/** `/mdm/apple/enterprise/…`, with the permissions `mdm.apple.…`. */
export const createAppleEndpoints = (
  transport: Transport,
  onSurprise: OnSurprise,
): EnterpriseEndpoints<AppleTokenWire, ApplePolicyWire> =>
  createEnterpriseEndpoints(transport, {
    name: 'apple',
    token: appleTokenWire,
    policy: applePolicyWire,
    onSurprise,
  });
