import process from 'node:process';
import { ESLint } from 'eslint';
import ts from 'typescript';

/*
 * Runs the compiler's and the linter's checks on one program of all sources. Reading and checking the types takes most of
 * the time, and two separate programs would do it twice.
 */
const host: ts.ParseConfigFileHost = {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
  },
};

const config = ts.getParsedCommandLineOfConfigFile('tsconfig.json', { incremental: false }, host);
if (config === undefined) throw new Error('tsconfig.json cannot be read.');
// The option is valid only in incremental builds.
const { tsBuildInfoFile: _, ...options } = config.options;
const program = ts.createProgram({ rootNames: config.fileNames, options });

const diagnostics = [...config.errors, ...ts.getPreEmitDiagnostics(program)];
process.stdout.write(
  ts.formatDiagnosticsWithColorAndContext(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => process.cwd(),
    getNewLine: () => '\n',
  }),
);

const eslint = new ESLint({
  overrideConfig: {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, programs: [program] } },
  },
});
const results = await eslint.lintFiles(['.']);
process.stdout.write(await (await eslint.loadFormatter('stylish')).format(results));

const faults = results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
if (diagnostics.length > 0 || faults) process.exitCode = 1;
