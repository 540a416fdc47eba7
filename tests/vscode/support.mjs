// What the runs share that is not about VS Code.
import assert from 'node:assert/strict';
import fs from 'node:fs';

/** Waits ten seconds at most until `probe` is true. */
export async function until(what, probe) {
  for (let tries = 0; tries < 400; tries++) {
    if (await probe()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`never happened: ${what}`);
}

/** Line and column, both from 1, inside the first `text` of a file. */
export function place(file, text) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(text));
  assert.ok(index >= 0, `${text} is in ${file}`);
  return { line: index + 1, column: lines[index].indexOf(text) + 3 };
}
