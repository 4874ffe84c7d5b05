import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * A modal dialog that is open while it is mounted. The focus begins at its first field, and returns to what opened it, or
 * to its place.
 */
export const Dialog = ({ title, onClose, children }: DialogProps) => {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // A layout effect, because the browser returns the focus only if the dialog is still in the page when it closes.
  useLayoutEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    element?.showModal();
    // The browser would choose the Close button. Of radio buttons, only the checked one is a stop of the Tab key.
    const field = 'input:not([type="radio"]:not(:checked)), textarea';
    element?.querySelector<HTMLElement>(field)?.focus();
    return () => {
      element?.close();
      const { activeElement } = document;
      if (activeElement !== document.body && !element?.contains(activeElement)) return;
      // What opened it can be gone or disabled by now: its token has changed.
      const place = opener?.isConnected ? opener : element;
      place?.closest<HTMLElement>('[tabindex="-1"]')?.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onCancel={onClose}>
      <div className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" className="quiet" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </div>
      <div tabIndex={-1}>{children}</div>
    </dialog>
  );
};
