/** Uses of the generated types. `@ts-expect-error` is an error itself if the next line compiles. */
export const typedUses = `
import { ask } from './ask';
import { readFragment } from './gql';
import { CreateToken, TokenDetails, TokenPage, TokenRow } from './operations';

type IsAny<Type> = 0 extends 1 & Type ? true : false;

export const use = async (url: string, key: string) => {
  const { data } = await ask(url, key, TokenPage, { first: 2 });
  const node = data?.enrollmentTokens.edges[0]?.node;
  if (!node) return;
  const row = readFragment(TokenRow, node);
  const expiresAt: string | null = row.expiresAt;
  // @ts-expect-error a time is a text
  const date: Date | null = row.expiresAt;
  // @ts-expect-error a field of the fragment is hidden
  node.displayName;
  // @ts-expect-error no such state
  row.state === 'GONE';
  // @ts-expect-error the size of a page is a number
  await ask(url, key, TokenPage, { first: 'two' });
  // @ts-expect-error the input lacks sendEmail
  await ask(url, key, CreateToken, { input: { userId: node.id } });
  const details = (await ask(url, key, TokenDetails, { id: node.id })).data?.enrollmentToken;
  const link: string | null | undefined = details?.enrollmentLink;
  const isAnyLink: IsAny<typeof link> = false;
  const isAnyTime: IsAny<typeof row.expiresAt> = false;
  const isAnyJson: IsAny<NonNullable<typeof details>['config']> = false;
  // @ts-expect-error a value of unknown shape is not read unchecked
  details?.config.name;
  return [expiresAt, date, link, isAnyLink, isAnyTime, isAnyJson];
};
`;
