import { once } from 'node:events';
import process, { argv, env, stderr, stdout } from 'node:process';
import { loadSandboxes } from './platforms/registry.ts';
import { writeHelp } from './sandbox/control/help.ts';
import { readCommand, type SandboxCommand } from './sandbox/control/options.ts';
import { createSandbox } from './sandbox/server.ts';

/** Runs the sandbox by itself, on a port of its own, until SIGTERM or SIGINT. */
const run = async (command: SandboxCommand): Promise<void> => {
  const sandbox = createSandbox(command.sandbox);
  const keys = command.keys.map((permissions) => ({
    permissions,
    key: sandbox.addKey({ permissions }),
  }));
  for (const { fault, text } of command.faults) sandbox.faults.add(fault, text);
  const { url, baseUrl } = await sandbox.listen(command.port, command.host);
  const { webhook } = command.sandbox;
  const further = [
    ...keys.map(({ key, permissions }) => `  Further key   ${key} (${permissions.join(', ')})\n`),
    ...command.faults.map(({ text }) => `  Fault         ${text}\n`),
    // Without its path, which contains a secret.
    ...(webhook === undefined ? [] : [`  Webhook       ${new URL(webhook).origin}\n`]),
  ].join('');

  stdout.write(`The sandbox answers like the REST API, with invented data, until it is stopped.
  Base URL      ${baseUrl}
  Organization  ${sandbox.organizationId} (${sandbox.organizationSlug})
  API key       ${sandbox.apiKey}
${further}
  export SANDBOX_URL=${url}
  curl -H 'Authorization: Bearer ${sandbox.apiKey}' $SANDBOX_URL/v1/organizations/${sandbox.organizationSlug}/mdm/users
`);

  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await sandbox.close();
};

const platforms = await loadSandboxes();
try {
  const command = readCommand(argv.slice(2), env, platforms);
  if (command === null) stdout.write(writeHelp(platforms));
  else await run(command);
} catch (error) {
  // A wrong option and a port in use are no bugs: the message is enough.
  const isExpected =
    error instanceof Error && (error.name === 'OptionsError' || 'syscall' in error);
  const text = error instanceof Error && !isExpected ? error.stack : String(error);
  stderr.write(`${isExpected ? error.message : text}\n`);
  process.exitCode = 1;
}
