// Asks the disk whether a file can be started; apart from discovery.ts, which so needs no disk in its tests.

import * as fs from 'node:fs';

/** What keeps `file` from being executed, as the end of a sentence; `undefined` when nothing does. */
export function problemWith(file: string): string | undefined {
  try {
    if (!fs.statSync(file).isFile()) {
      return 'is not a file';
    }
  } catch {
    return 'does not exist';
  }
  try {
    fs.accessSync(file, fs.constants.X_OK);
  } catch {
    return 'is not executable';
  }
  return undefined;
}
