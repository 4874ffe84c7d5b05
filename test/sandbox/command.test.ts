import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';

const command = new URL('../../dist/sandbox.js', import.meta.url).pathname;

describe('the sandbox command', () => {
  it('prints its URL, organization and key, and stops on SIGTERM', async () => {
    const child = spawn(process.execPath, [command], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const found = { baseUrl: '', slug: '', key: '' };
    for await (const line of createInterface({ input: child.stdout })) {
      found.baseUrl = /Base URL +(\S+)/.exec(line)?.[1] ?? found.baseUrl;
      found.slug = /Organization .*\((\S+)\)/.exec(line)?.[1] ?? found.slug;
      found.key = /API key +(\S+)/.exec(line)?.[1] ?? found.key;
      if (line.includes('curl')) break;
    }
    const response = await fetch(`${found.baseUrl}/organizations/${found.slug}/mdm/users`, {
      headers: { authorization: `Bearer ${found.key}` },
    });
    expect(response.status).toBe(200);
    expect(found.key).toMatch(/^sandbox-/);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
