import { GatewayError } from '../gateway.ts';
import { useLiveState } from './live.ts';

const texts = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Connection lost. Trying again…',
  stopped: 'Live updates have stopped',
} as const;

/** Says whether the list is up to date by itself. The Announcer says the same to screen readers. */
export const LiveStatus = () => {
  const { status } = useLiveState();
  return <p className={`live-status ${status.state}`}>{texts[status.state]}</p>;
};

/** The reason why nothing is followed, unless the list's own error says the same. No alert: the Announcer says it. */
export const StoppedNotice = ({ error }: { readonly error: Error | null }) => {
  const { status } = useLiveState();
  if (status.state !== 'stopped') return null;
  if (error instanceof GatewayError && error.code === status.code) return null;
  const reason =
    status.code === 'UNAUTHENTICATED'
      ? 'The key above is not accepted. Enter another one.'
      : status.message;
  return (
    <div className="notice">
      <p>
        <strong>Live updates have stopped.</strong> {reason}
      </p>
    </div>
  );
};
