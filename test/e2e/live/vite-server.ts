import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import { exampleFolder } from '../../support/http/example-page.ts';
import { freePort } from '../../support/http/free-port.ts';

/** Serves the example page as its README says, by `vite dev` or `vite preview`, until the test ends. Returns its URL. */
export const startVite = async (mode: 'dev' | 'preview', gatewayUrl: string): Promise<string> => {
  const vite = join(exampleFolder, 'node_modules/vite/bin/vite.js');
  const { NODE_ENV: _, VITEST: __, ...environment } = process.env;
  const env = { ...environment, GATEWAY_URL: new URL(gatewayUrl).origin };
  const folder = await mkdtemp(join(tmpdir(), 'example-page-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const options = { cwd: exampleFolder, env };
  if (mode === 'preview') {
    const build = [vite, 'build', '--outDir', folder, '--emptyOutDir'];
    await promisify(execFile)(process.execPath, build, options);
  }
  const port = await freePort();
  const flags = ['--port', String(port), '--strictPort'];
  if (mode === 'preview') flags.push('--outDir', folder);
  const child = spawn(process.execPath, [vite, mode, ...flags], { ...options, stdio: 'ignore' });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  const url = `http://127.0.0.1:${port}/`;
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await vi.waitUntil(answers, { timeout: 30_000, interval: 100 });
  return url;
};
