import { createHash } from 'node:crypto';
import type { Subgraph } from './subgraph.ts';

const sdl = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])

  "A device under management."
  type MdmDevice @key(fields: "organizationId platform sourceId") {
    organizationId: ID!
    platform: MdmPlatform!
    sourceId: ID!
    model: String!
    serialNumber: String!
    "The time of its last report."
    lastSeenAt: DateTime!
  }

  # The gateway's enum. Here it is only part of the key and never used as an argument.
  enum MdmPlatform {
    APPLE
    WINDOWS
  }

  scalar DateTime
`;

interface DeviceKey {
  readonly organizationId: string;
  readonly platform: string;
  readonly sourceId: string;
}

const models: Readonly<Record<string, readonly string[]>> = {
  APPLE: ['iPhone 16', 'iPad Air 11', 'MacBook Air 13'],
  WINDOWS: ['Surface Laptop 6', 'ThinkPad T14', 'Latitude 7450'],
};

/** Replaces the team's inventory. It returns the same values for the same device. */
const findDevice = (key: DeviceKey) => {
  const hash = createHash('sha256').update(key.sourceId).digest();
  const known = models[key.platform] ?? [];
  return {
    ...key,
    model: known[hash.readUInt8(0) % known.length] ?? 'Unknown model',
    serialNumber: hash.toString('hex', 1, 6).toUpperCase(),
    lastSeenAt: new Date(Date.UTC(2026, 0, 1) - hash.readUInt32BE(6)).toISOString(),
  };
};

/** The subgraph of the device team. It owns MdmDevice; the gateway has only its key. */
export const devices: Subgraph = {
  name: 'devices',
  sdl,
  resolvers: { MdmDevice: { __resolveReference: findDevice } },
};
