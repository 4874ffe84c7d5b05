import { Counter, Gauge, type Registry } from 'prom-client';
import { labelOfCode } from '../websocket/close-codes.ts';

/** What is counted of WebSockets. */
export interface SocketMetrics {
  readonly onSocketOpen: () => void;
  /** Called with the code of the close. */
  readonly onSocketClose: (code: number) => void;
}

/** Creates the metrics of WebSockets. */
export const createSocketMetrics = (registers: Registry[]): SocketMetrics => {
  const open = new Gauge({
    name: 'gateway_websockets',
    help: 'WebSockets that are open, with those that have no subscription.',
    registers,
  });
  const closes = new Counter({
    name: 'gateway_websocket_closes_total',
    help: 'WebSockets that were closed, by the code of the close.',
    labelNames: ['code'],
    registers,
  });
  return {
    onSocketOpen: () => open.inc(),
    onSocketClose: (code) => {
      open.dec();
      closes.inc({ code: labelOfCode(code) });
    },
  };
};
