import { useQuery } from '@tanstack/react-query';
import { type ComponentProps, useEffect, useId, useState } from 'react';
import { graphql, useAsk } from './gateway.ts';

const people = graphql(`
  query People($search: String!) {
    mdmUsers(first: 8, search: $search) {
      nodes { id email name }
    }
  }
`);

const pauseMs = 300;

/** Returns the value after it has not changed for a while, so that typing does not make a call for each letter. */
const useDebounced = (value: string): string => {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
};

/** An input for an e-mail address that suggests matching people. */
export const PersonInput = (props: ComponentProps<'input'>) => {
  const ask = useAsk();
  const listId = useId();
  const [text, setText] = useState('');
  const search = useDebounced(text.trim());
  const { data } = useQuery({
    queryKey: ['people', search],
    queryFn: ({ signal }) => ask(people, { search }, signal),
    enabled: search.length > 1,
  });
  return (
    <>
      <input
        {...props}
        list={listId}
        autoComplete="off"
        required
        placeholder="E-mail address"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <datalist id={listId}>
        {data?.mdmUsers.nodes.map(({ id, email, name }) => (
          <option key={id} value={email ?? ''}>
            {name}
          </option>
        ))}
      </datalist>
    </>
  );
};
