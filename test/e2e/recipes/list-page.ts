import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { type ClientPages, runClient } from '../../support/http/client-page.ts';

/** In milliseconds. */
export const timeout = 10_000;

/** The names of the first tokens, as the gateway lists them. */
export const listedNames = async (
  world: World,
  first: number,
  filter: object | null = null,
): Promise<string[]> => {
  const query = `query ($first: Int!, $filter: EnrollmentTokenFilter) {
    enrollmentTokens(first: $first, filter: $filter) { nodes { displayName } }
  }`;
  const { data } = await world.ask(query, { variables: { first, filter } });
  return data.enrollmentTokens.nodes.map((node: any) => node.displayName ?? '');
};

/** The page of a client, which shows a list of tokens. */
export interface ListPage {
  readonly page: Page;
  readonly call: (name: string, ...parameters: readonly unknown[]) => Promise<any>;
  readonly rows: () => Promise<string[]>;
  readonly rowNames: () => Promise<(string | undefined)[]>;
  readonly rowCount: (number: number) => Promise<void>;
  readonly button: (name: string) => ReturnType<Page['getByRole']>;
  /** Warnings and errors in the console of the page. */
  readonly complaints: () => readonly string[];
  /** The number of requests that the page sent. */
  readonly sent: () => number;
  /** Forgets the complaints and the requests. */
  readonly forget: () => void;
}

export const openListPage = async (
  pages: ClientPages,
  world: World,
  client: string,
): Promise<ListPage> => {
  const page = await pages.open(client);
  let complaints: string[] = [];
  let sent = 0;
  page.on('console', (message) => {
    if (/warn|error/.test(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('request', (request) => {
    if (request.url().startsWith(world.url)) sent += 1;
  });
  const rows = () => page.locator('li').allTextContents();
  return {
    page,
    call: (name, ...parameters) => runClient(page, world, name, ...parameters),
    rows,
    rowNames: async () => (await rows()).map((text) => text.split(',')[0]),
    rowCount: async (number) =>
      expect.poll(() => page.locator('li').count(), { timeout }).toBe(number),
    button: (name) => page.getByRole('button', { name }),
    complaints: () => complaints,
    sent: () => sent,
    forget: () => {
      complaints = [];
      sent = 0;
    },
  };
};
