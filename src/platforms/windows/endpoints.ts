import {
  createEnterpriseEndpoints,
  type EnterpriseEndpoints,
} from '../../applivery/enterprise-endpoints.ts';
import type { OnSurprise } from '../../applivery/envelope.ts';
import type { Transport } from '../../rest/transport.ts';
import {
  type WindowsPolicyWire,
  type WindowsTokenWire,
  windowsPolicyWire,
  windowsTokenWire,
} from './wire.ts';

/** `/mdm/windows/enterprise/…`, with the permissions `mdm.windows.…`. */
export const createWindowsEndpoints = (
  transport: Transport,
  onSurprise: OnSurprise,
): EnterpriseEndpoints<WindowsTokenWire, WindowsPolicyWire> =>
  createEnterpriseEndpoints(transport, {
    name: 'windows',
    token: windowsTokenWire,
    policy: windowsPolicyWire,
    onSurprise,
  });
