import type { FormEvent } from 'react';

interface ApiKeyProps {
  readonly apiKey: string;
  readonly onChange: (apiKey: string) => void;
}

/** Where the API key goes. It stays in this tab's session and is sent to the gateway only. */
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
