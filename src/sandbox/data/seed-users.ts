import type { Document } from '../json.ts';
import { firstNames, languages, lastNames, teams } from './names.ts';
import { createRandom } from './random.ts';

const dayMs = 86_400_000;

/** Invents users with different addresses, oldest first. */
export const seedUsers = (
  count: number,
  seed: number,
  now: Date,
  oddities: boolean,
): readonly Document[] => {
  const random = createRandom(seed, 'users');
  const taken = new Map<string, number>();
  return Array.from({ length: count }, (_, index) => {
    const createdAtMs = now.getTime() - (900 - (index / count) * 460) * dayMs - random.below(dayMs);
    const first = random.pick(firstNames);
    const last = random.pick(lastNames);
    const address = `${first}.${last}`.toLowerCase();
    const namesakes = taken.get(address) ?? 0;
    taken.set(address, namesakes + 1);
    const team = random.pick(teams);
    const odd = oddities && index % 60 === 59;
    return {
      id: random.id(createdAtMs),
      email: `${address}${namesakes === 0 ? '' : namesakes + 1}@example.com`,
      name: odd ? null : `${first} ${last}`,
      tags: odd ? null : [team, ...(random.chance(0.2) ? ['remote'] : [])],
      language: random.pick(languages),
      managedAppleId: random.chance(0.5) ? `${address}${namesakes}@id.example.com` : null,
      metadata: {},
      inferredSegmentIds: [random.below(4)],
      createdAt: new Date(createdAtMs).toISOString(),
      updatedAt: new Date(createdAtMs + random.below(400 * dayMs)).toISOString(),
    };
  });
};
