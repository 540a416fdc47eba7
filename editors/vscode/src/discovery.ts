// Where the server program is: the user's setting first, then the one packed with the extension.

import * as path from 'node:path';

export interface Surroundings {
  /** The value of `flowsentry.server.path`, as typed. */
  readonly setting: string;
  readonly extensionPath: string;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** `undefined` when the file can be executed, else what is wrong with it. */
  readonly problemWith: (file: string) => string | undefined;
}

export type Discovery =
  | { readonly found: true; readonly command: string; readonly origin: 'setting' | 'bundled' }
  | { readonly found: false; readonly reason: string };

export function findServer(at: Surroundings): Discovery {
  const setting = at.setting.trim();
  if (setting !== '') {
    return fromSetting(setting, at);
  }
  const paths = at.platform === 'win32' ? path.win32 : path.posix;
  const command = paths.join(at.extensionPath, 'server', at.platform === 'win32' ? 'flowsentry.exe' : 'flowsentry');
  const problem = at.problemWith(command);
  return problem === undefined
    ? { found: true, command, origin: 'bundled' }
    : { found: false, reason: `This package of the extension has no server for this system: ${command} ${problem}.` };
}

// A setting that points nowhere is said, not skipped: whoever set it wants that program and no other.
function fromSetting(setting: string, at: Surroundings): Discovery {
  const paths = at.platform === 'win32' ? path.win32 : path.posix;
  const command = /^~[\\/]/.test(setting) ? paths.join(at.home, setting.slice(2)) : setting;
  if (!paths.isAbsolute(command)) {
    // A relative path would be looked up in the opened folder, which must not decide what is started.
    return { found: false, reason: `The setting flowsentry.server.path must be an absolute path; it is "${setting}".` };
  }
  const problem = at.problemWith(command);
  return problem === undefined
    ? { found: true, command, origin: 'setting' }
    : { found: false, reason: `The setting flowsentry.server.path names ${command}, which ${problem}.` };
}
