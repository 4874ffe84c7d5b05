import { useEffect, useState } from 'react';

const shownMs = 3_000;

const messages = {
  copied: 'The link is in the clipboard.',
  refused: 'The browser does not let this page copy.',
};

/** A button that copies the link, and says for a moment whether that worked. */
export const CopyButton = ({ text }: { readonly text: string }) => {
  const [result, setResult] = useState<keyof typeof messages | null>(null);
  useEffect(() => {
    if (result === null) return;
    const timer = setTimeout(() => setResult(null), shownMs);
    return () => clearTimeout(timer);
  }, [result]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setResult('copied');
    } catch {
      setResult('refused');
    }
  };
  return (
    <>
      <button type="button" onClick={copy}>
        {result === 'copied' ? 'Copied' : 'Copy the link'}
      </button>
      <output className="hint">{result && messages[result]}</output>
    </>
  );
};
