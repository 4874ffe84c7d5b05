const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** Formats a time such as `3 days ago` or `in 2 hours`, in the largest unit that fits at least once. */
const describe = (time: Date): string => {
  const distanceMs = time.getTime() - Date.now();
  const [unit, length] = units.find(([, ms]) => Math.abs(distanceMs) >= ms) ?? ['minute', 60_000];
  return relative.format(Math.trunc(distanceMs / length), unit);
};

interface MomentProps {
  readonly label: string;
  /** A time in RFC 3339 format. If it is null, nothing is shown. */
  readonly value: string | null;
}

/** A time relative to now. The exact time is in the tooltip. */
export const Moment = ({ label, value }: MomentProps) => {
  if (value === null) return null;
  const time = new Date(value);
  return (
    <span>
      {label}{' '}
      <time dateTime={value} title={absolute.format(time)}>
        {describe(time)}
      </time>
    </span>
  );
};
