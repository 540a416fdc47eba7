// Stand-ins for the server: shell scripts with the behaviour a test needs.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { after } from 'node:test';

const folder = mkdtempSync(path.join(tmpdir(), 'flow-sentry-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

export function script(body: string): string {
  const file = path.join(folder, `server-${++count}`);
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}
