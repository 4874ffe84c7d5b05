import { describe, expect, test } from 'vitest';
import { createKeyedHash, createProcessHash } from '../../src/state/keyed-hash.ts';

describe('keyed hashes', () => {
  test('replicas with one secret agree, others do not, and no hash shows its text', () => {
    const hash = createKeyedHash('secret of the replicas');
    expect(createKeyedHash('secret of the replicas')('caller')).toBe(hash('caller'));
    expect(createKeyedHash('another secret')('caller')).not.toBe(hash('caller'));
    expect(hash('caller')).toMatch(/^[\w-]{43}$/);
  });

  test('each process has a hash of its own', () => {
    expect(createProcessHash()('caller')).not.toBe(createProcessHash()('caller'));
  });
});
