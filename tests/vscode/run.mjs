// node run.mjs PACKAGE.vsix PICTURES: all runs in real VS Code, one line a check, a count at the end.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInHost } from './driver.mjs';
import { uiRuns } from './ui.mjs';

const [vsix, pictures] = process.argv.slice(2).map((file) => path.resolve(file));
const here = path.dirname(fileURLToPath(import.meta.url));
const fixture = process.env.FLOWSENTRY_VSCODE_SAMPLE ?? path.join(here, '../fixtures/contoso-expenses');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'flow-sentry-sample-'));
let passed = 0;
let failed = 0;
let copies = 0;

/** A copy of a folder that a run may change. */
function copyOf(source, name) {
  const folder = path.join(temporary, `${++copies}`, name);
  fs.cpSync(source, folder, { recursive: true });
  return folder;
}

const sample = () => copyOf(fixture, 'contoso-expenses');
const company = () => copyOf(path.join(here, '../fixtures/brightwater/flawed'), 'brightwater');

function emptyProject() {
  const folder = path.join(temporary, 'no-solution');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "something-else" }\n');
  return folder;
}

async function check(name, step) {
  try {
    await step();
    passed++;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n     ${String(error.stack ?? error).split('\n').slice(0, 12).join('\n     ')}`);
  }
}

async function host(title, folder, module) {
  console.log(`\n${title}`);
  const { outcome, lines } = await runInHost({ vsix, folder, tests: path.join(here, 'host', module) });
  for (const line of lines) console.log(line);
  const failures = lines.filter((line) => line.startsWith('FAIL ')).length;
  const successes = lines.filter((line) => line.startsWith('ok ')).length;
  passed += successes;
  failed += failures;
  // A run that dies, hangs or checks nothing is a failure of its own.
  if (successes + failures === 0 || (outcome === 'passed') !== (failures === 0)) {
    failed++;
    console.log(`FAIL ${title}: ${outcome} after ${successes + failures} checks`);
  }
}

try {
  fs.mkdirSync(pictures, { recursive: true });
  await host('Extension host, sample solution', sample(), 'index.js');
  await host('Extension host, folder without a solution', emptyProject(), 'elsewhere.js');
  console.log('\nWorkbench');
  await uiRuns({ vsix, sample, company, pictures, check });
} catch (error) {
  failed++;
  console.log(`FAIL the run itself: ${error.stack ?? error}`);
} finally {
  fs.rmSync(temporary, { recursive: true, force: true });
}
console.log(`\npictures: ${pictures}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
