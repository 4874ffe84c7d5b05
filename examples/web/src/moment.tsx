const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `3 days ago`, `in 2 hours`: in the largest unit that fits once. */
const describe = (time: Date): string => {
  const distanceMs = time.getTime() - Date.now();
  const [unit, length] = units.find(([, ms]) => Math.abs(distanceMs) >= ms) ?? ['minute', 60_000];
  return relative.format(Math.trunc(distanceMs / length), unit);
};

interface MomentProps {
  readonly label: string;
  /** RFC 3339; nothing is shown where it is null. */
  readonly value: string | null;
}

/** A moment, relative to now; exact on hovering. */
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
