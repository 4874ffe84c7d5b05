import { inject } from 'vitest';

// The worker outlives a mutant. Stryker turns on the next one either before the test file loads ("static") or in a
// `beforeAll`; until then none may be on.
const read = (key: string): unknown => inject(key as never);
const namespace = Reflect.get(globalThis, String(read('globalNamespace')));
if (read('mutantActivation') === 'runtime' && namespace) {
  Reflect.set(namespace, 'activeMutant', undefined);
}
