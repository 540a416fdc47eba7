// node build.mjs          bundles src/extension.ts into dist/extension.js
// node build.mjs --test   bundles the unit tests and runs them in plain node
//
// One file per bundle, dependencies included: VS Code then reads one file at start, and the package
// needs no node_modules.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.dirname(fileURLToPath(import.meta.url));
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20', // the extension host of the oldest VS Code we name in package.json
  logLevel: 'warning',
};

if (process.argv.includes('--test')) {
  rmSync(`${root}/dist/test`, { recursive: true, force: true });
  const tests = readdirSync(`${root}/test`).filter((name) => name.endsWith('.test.ts'));
  await build({
    ...common,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: 'dist/test',
    sourcemap: 'inline',
    // `vscode` exists only inside the editor, and the client library refuses to load without it
    alias: { vscode: './test/fakes/vscode.ts', 'vscode-languageclient/node': './test/fakes/languageclient.ts' },
  });
  const files = tests.map((name) => `dist/test/${name.replace(/\.ts$/, '.js')}`);
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', '--test-reporter=spec', ...files], { cwd: root, stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} else {
  await build({ ...common, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', external: ['vscode'], minify: true });
}
