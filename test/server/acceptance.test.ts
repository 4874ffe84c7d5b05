import { describe, expect, it } from 'vitest';
import { createLedger } from '../../src/graphql/ledger.ts';
import { createAcceptance } from '../../src/server/acceptance.ts';
import { createIdentification } from '../../src/server/authentication.ts';

const identify = createIdentification({ kind: 'passthrough' }, undefined);

const isAcceptedAfter = async (statuses: readonly (number | null)[]): Promise<boolean> => {
  const ledger = createLedger({ onCall: () => {}, onSaved: () => {} });
  const isAccepted = createAcceptance(await identify('Bearer key'), ledger);
  for (const status of statuses) {
    ledger.onCall({ method: 'GET', path: '/', status, durationMs: 1, cause: 'page' });
  }
  return isAccepted();
};

describe('a caller whose credential goes to the API', () => {
  it.each<[string, readonly (number | null)[]]>([
    ['nothing was asked', []],
    ['the API refused the credential', [401]],
    ['the API had too many requests', [429, 429]],
    ['no answer came', [null]],
    ['none of these answers shows it', [null, 429, 401]],
  ])('is not known to be accepted if %s', async (_name, statuses) => {
    expect(await isAcceptedAfter(statuses)).toBe(false);
  });

  it.each([200, 201, 403, 404])('is accepted once the API answered %i', async (status) => {
    expect(await isAcceptedAfter([status])).toBe(true);
    expect(await isAcceptedAfter([429, status])).toBe(true);
  });
});
