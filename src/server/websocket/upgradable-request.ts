import { IncomingMessage } from 'node:http';

const upgrading = new WeakSet<IncomingMessage>();

/** Whether a request is the handshake of a WebSocket (RFC 6455, section 4.1). Such a request has no body. */
const isHandshake = ({ method, httpVersion, headers }: IncomingMessage): boolean =>
  method === 'GET' &&
  httpVersion === '1.1' &&
  headers.upgrade?.trim().toLowerCase() === 'websocket' &&
  Number(headers['content-length'] ?? 0) === 0 &&
  headers['transfer-encoding'] === undefined;

/**
 * A request that Node upgrades only if it is the handshake of a WebSocket. With a listener for upgrades, Node would hand
 * over every request with an `Upgrade` header, without parsing its body. Java's client offers `h2c` with each of its
 * requests, and a server may ignore such an offer (RFC 9110, section 7.8). Node sets `upgrade` when it has parsed the
 * header, and reads it before it upgrades. Its option for this, `shouldUpgradeCallback`, does not exist in Node 20.
 */
export class UpgradableRequest extends IncomingMessage {
  get upgrade(): boolean {
    return upgrading.has(this) && (this.method === 'CONNECT' || isHandshake(this));
  }

  set upgrade(isOffered: boolean | null) {
    if (isOffered) upgrading.add(this);
    else upgrading.delete(this);
  }
}
