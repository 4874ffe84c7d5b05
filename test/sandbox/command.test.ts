import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const command = new URL('../../dist/sandbox.js', import.meta.url).pathname;

describe('the sandbox command', () => {
  it('prints its URL, organization and keys, and stops on SIGTERM', async () => {
    const options = ['--key', 'mdm.global.*', '--fault', 'status=503 times=1'];
    const child = spawn(process.execPath, [command, ...options], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const found = { baseUrl: '', slug: '', key: '', further: '', url: '' };
    for await (const line of createInterface({ input: child.stdout })) {
      found.baseUrl = /Base URL +(\S+)/.exec(line)?.[1] ?? found.baseUrl;
      found.slug = /Organization .*\((\S+)\)/.exec(line)?.[1] ?? found.slug;
      found.key = /API key +(\S+)/.exec(line)?.[1] ?? found.key;
      found.further = /Further key +(\S+) \(mdm\.global\.\*\)/.exec(line)?.[1] ?? found.further;
      found.url = /export SANDBOX_URL=(\S+)/.exec(line)?.[1] ?? found.url;
      if (line.includes('curl')) break;
    }
    const ask = async (key: string) => {
      const { status } = await fetch(`${found.baseUrl}/organizations/${found.slug}/mdm/users`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return status;
    };
    expect([await ask(found.key), await ask(found.key), await ask(found.further)]).toEqual([
      503, 200, 200,
    ]);
    expect(await (await fetch(`${found.url}/sandbox`)).json()).toMatchObject({ faults: [] });
    expect(found.key).toMatch(/^sandbox-/);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

const root = new URL('../../', import.meta.url);
const runFile = promisify(execFile);

describe('npm run sandbox', () => {
  it('prints the help with -- --help, and exits with 0', async () => {
    const line = ['run', '--silent', 'sandbox', '--', '--help'];
    const { stdout, stderr } = await runFile('npm', line, { cwd: root });
    expect(stdout).toMatch(/^Usage: npm run sandbox -- \[options\]\n/);
    expect(stdout).toContain('--fault <fault>');
    expect(stderr).toBe('');
  }, 60_000);

  it('stops with one message if options are wrong', async () => {
    const line = [command, '--port', 'many', '--fault', 'boom'];
    await expect(runFile(process.execPath, line)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^The sandbox cannot start:\n {2}- --port must .*\n {2}- --fault "boom": .*\nnpm run .*\n$/,
      ),
    });
  });
});
