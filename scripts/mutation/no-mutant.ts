import { inject } from 'vitest';

// The worker runs many mutants. Stryker activates the next one either before the test file loads ("static") or in a
// `beforeAll`. Until then the previous mutant must be inactive.
const read = (key: string): unknown => inject(key as never);
const namespace = Reflect.get(globalThis, String(read('globalNamespace')));
if (read('mutantActivation') === 'runtime' && namespace) {
  Reflect.set(namespace, 'activeMutant', undefined);
}
