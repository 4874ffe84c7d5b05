import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { ReplicaListener } from '../../domain/replica-reads.ts';

/** The channel of all replicas. A user of Redis needs the permission to use it. */
export const messagesChannel = 'gateway:live';

const message = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('versions'), follower: z.string(), versions: z.string() }),
  z.object({
    kind: z.literal('hint'),
    organization: z.string().nullable(),
    cause: z.enum(['write', 'webhook']),
  }),
]);

type Message = z.infer<typeof message>;

const sentMessage = z.object({ sender: z.string(), message });

/** Messages between replicas, which only make others read sooner. A message that is lost costs time and nothing else. */
export interface ReplicaMessages {
  /** Never throws. */
  readonly send: (message: Message) => void;
  /** Opens a connection of its own, and opens it again when it is lost. */
  readonly listen: (listener: ReplicaListener) => void;
  /** Whether this process should listen, and cannot. */
  readonly isCutOff: () => boolean;
  readonly close: () => void;
}

/**
 * How often the connection that listens is tried. It sends nothing else, so nothing else would show that the other side is
 * gone without a word, or that a firewall has dropped the connection.
 */
const checkMs = 10_000;

/** Another program that uses the channel must not disturb this one. */
const parseOrNull = (text: string) => {
  try {
    return sentMessage.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

/**
 * Creates the messages over a connection for commands. `connect` opens a further one, which can only listen then.
 * `onRefusal` is called for each message that could not be sent, and if Redis refuses to let this process listen.
 */
export const createReplicaMessages = (
  redis: Redis,
  connect: () => Redis,
  onRefusal: (message: string) => void,
  intervalMs: number = checkMs,
): ReplicaMessages => {
  const ownId = randomUUID();
  let listening: Redis | null = null;
  let isSubscribed = false;
  let timer: NodeJS.Timeout | undefined;
  const refuse = (error: unknown): void =>
    onRefusal(error instanceof Error ? error.message : String(error));
  return {
    send: (message) => {
      const text = JSON.stringify({ sender: ownId, message });
      redis.publish(messagesChannel, text).catch(refuse);
    },
    listen: ({ onVersions, onHint }) => {
      const connection = connect();
      listening = connection;
      connection.on('message', (_channel: string, text: string) => {
        const sent = parseOrNull(text);
        if (sent === null || sent.sender === ownId) return;
        const { message } = sent;
        if (message.kind === 'hint') onHint(message);
        else onVersions(message.follower, message.versions);
      });
      const subscribe = async (): Promise<void> => {
        await connection.subscribe(messagesChannel);
        isSubscribed = true;
      };
      let isChecking = false;
      const check = async (): Promise<void> => {
        if (isChecking || connection.status !== 'ready') return;
        isChecking = true;
        try {
          if (isSubscribed) await connection.ping();
          else await subscribe();
          isChecking = false;
        } catch {
          // Until it is closed, it must not be closed again.
          connection.disconnect(true);
        }
      };
      connection.on('ready', () => {
        subscribe().catch(refuse);
      });
      timer = setInterval(() => void check(), intervalMs);
      timer.unref();
      connection.on('close', () => {
        isSubscribed = false;
        isChecking = false;
      });
    },
    isCutOff: () => listening !== null && !isSubscribed,
    close: () => {
      clearInterval(timer);
      listening?.disconnect();
    },
  };
};
