import { once } from 'node:events';
import process, { env, stdout } from 'node:process';
import { loadSandboxes } from './platforms/registry.ts';
import { createSandbox } from './sandbox/server.ts';

/** Runs the embedded sandbox by itself, on a port of its own, until SIGTERM or SIGINT. */
const defaultPort = 4010;

const sandbox = createSandbox({ platforms: await loadSandboxes() });
const { baseUrl } = await sandbox.listen(Number(env['PORT'] ?? defaultPort), env['HOST']);

stdout.write(`The sandbox answers like the REST API, with invented data, until it is stopped.
  Base URL      ${baseUrl}
  Organization  ${sandbox.organizationId} (${sandbox.organizationSlug})
  API key       ${sandbox.apiKey}

  curl -H 'Authorization: Bearer ${sandbox.apiKey}' ${baseUrl}/organizations/${sandbox.organizationSlug}/mdm/users
`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await sandbox.close();
