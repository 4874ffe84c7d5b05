import type { FormEvent } from 'react';

interface ApiKeyProps {
  readonly apiKey: string;
  readonly onChange: (apiKey: string) => void;
}

/** The form for the API key. The key stays in the session of this tab and is sent only to the gateway. */
export const ApiKey = ({ apiKey, onChange }: ApiKeyProps) => {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onChange(String(new FormData(event.currentTarget).get('key')).trim());
  };
  return (
    <form className="api-key" onSubmit={submit}>
      <label htmlFor="api-key">API key</label>
      <input
        id="api-key"
        name="key"
        type="password"
        autoComplete="off"
        defaultValue={apiKey}
        placeholder="none for the sandbox"
      />
      <button type="submit">Use</button>
    </form>
  );
};
