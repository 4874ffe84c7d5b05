import { useRef } from 'react';

/** Keys for inputs. Repeating the last input has the same key, so that nothing is created twice. */
export const useIdempotencyKey = () => {
  const last = useRef({ input: '', key: '' });
  return {
    keyOf: (input: unknown): string => {
      const text = JSON.stringify(input);
      if (last.current.input !== text) last.current = { input: text, key: crypto.randomUUID() };
      return last.current.key;
    },
    /** Gives even the last input a new key. */
    forget: () => {
      last.current = { input: '', key: '' };
    },
  };
};
