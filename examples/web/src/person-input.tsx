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

/** The value as it was when it last stood still: typing must not cost a call for every letter. */
const useSettled = (value: string): string => {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
};

/** An e-mail address, with the people who match what has been typed. */
export const PersonInput = (props: ComponentProps<'input'>) => {
  const ask = useAsk();
  const listId = useId();
  const [text, setText] = useState('');
  const search = useSettled(text.trim());
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
