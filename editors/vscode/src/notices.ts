// What is said when the server does not run: what happened, and buttons for what to do next.

import * as vscode from 'vscode';
import { commandIds } from './commands';
import type { ServerState } from './state';

export interface Notice {
  readonly message: string;
  /** Button text and the command behind it. */
  readonly actions: ReadonlyMap<string, readonly [command: string, ...args: unknown[]]>;
}

/** The notice a state deserves; most deserve none. `remote`: the extension runs on another machine than the window. */
export function noticeFor(state: ServerState, remote: boolean): Notice | undefined {
  if (state.kind !== 'stopped') {
    return undefined;
  }
  const actions = new Map<string, readonly [string, ...unknown[]]>();
  if (state.cause === 'missing') {
    // Machine settings of a remote are on a page of their own; the normal one would not find this setting.
    const command = remote ? 'workbench.action.openRemoteSettings' : 'workbench.action.openSettings';
    actions.set('Set Server Path', [command, { query: 'flowsentry.server.path' }]);
  }
  actions.set('Restart Server', [commandIds.restartServer]);
  actions.set('Show Output', [commandIds.showOutput]);
  return { message: `Flow Sentry is not checking your flows. ${state.reason}`, actions };
}

export async function show(notice: Notice): Promise<void> {
  const choice = await vscode.window.showErrorMessage(notice.message, ...notice.actions.keys());
  const action = choice === undefined ? undefined : notice.actions.get(choice);
  if (action !== undefined) {
    await vscode.commands.executeCommand(...(action as [string, ...unknown[]]));
  }
}
