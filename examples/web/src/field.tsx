import { type ReactNode, useId } from 'react';

interface InputProps {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

interface FieldProps {
  readonly label: string;
  readonly fault: string | undefined;
  readonly children: (props: InputProps) => ReactNode;
}

/** A labelled input with its error message below. */
export const Field = ({ label, fault, children }: FieldProps) => {
  const id = useId();
  const faultId = `${id}-fault`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': fault !== undefined, 'aria-describedby': faultId })}
      <p id={faultId} className="fault" aria-live="polite">
        {fault}
      </p>
    </div>
  );
};
