import type { MouseEvent, ReactNode } from 'react';

interface RetryButtonProps {
  readonly onRetry: () => unknown;
  readonly children?: ReactNode;
}

/** A button that disappears when its work begins. It passes the focus to the nearest part of the page that stays. */
export const RetryButton = ({ onRetry, children = 'Try again' }: RetryButtonProps) => {
  const retry = ({ currentTarget }: MouseEvent<HTMLButtonElement>) => {
    currentTarget.closest<HTMLElement>('[tabindex="-1"]')?.focus({ preventScroll: true });
    onRetry();
  };
  return (
    <button type="button" onClick={retry}>
      {children}
    </button>
  );
};
