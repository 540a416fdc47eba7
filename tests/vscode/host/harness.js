// The little that tests inside the extension host need: checks in a row, bounded waits, and lines the driver reads.
const assert = require('node:assert/strict');
const vscode = require('vscode');

const say = (line) => console.log(`[test] ${line}`);

/** Runs the checks one after the other; each starts where the one before it ended. */
async function runChecks(checks) {
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      say(`ok   ${name}`);
    } catch (error) {
      failed++;
      say(`FAIL ${name}`);
      for (const line of String(error.stack ?? error).split('\n').slice(0, 12)) say(`     ${line}`);
    }
  }
  say(`VS Code ${vscode.version}, node ${process.version}`);
  if (failed > 0) throw new Error(`${failed} checks failed`);
}

/** The first truthy answer of `probe`. */
async function until(what, probe, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) assert.fail(`waited ${ms} ms: ${what}`);
    await pause(25);
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const extension = () => vscode.extensions.getExtension('flow-sentry.flow-sentry');

module.exports = { runChecks, until, pause, extension };
