// The user's settings. The server gets them with `initialize`, so that its first findings are right, and with
// `workspace/didChangeConfiguration` whenever they change (see client.ts).

import * as vscode from 'vscode';

export const section = 'flowsentry';

export interface ServerSettings {
  /** `null` where nobody chose one: then the folder's flowsentry.jsonc decides. */
  readonly profile: string | null;
  readonly connections: readonly string[];
  readonly exclude: readonly string[];
  readonly inlayHints: { readonly connections: boolean; readonly flows: boolean; readonly variables: boolean };
  readonly codeLens: { readonly enabled: boolean };
}

/** VS Code itself leaves out what an untrusted folder may not set: package.json lists it as restricted. */
export function serverSettings(): ServerSettings {
  const settings = vscode.workspace.getConfiguration(section);
  return {
    profile: isChosen(settings.inspect('profile')) ? settings.get('profile', null) : null,
    connections: settings.get('connections', []),
    exclude: settings.get('exclude', []),
    inlayHints: {
      connections: settings.get('inlayHints.connections', true),
      flows: settings.get('inlayHints.flows', true),
      variables: settings.get('inlayHints.variables', true),
    },
    codeLens: { enabled: settings.get('codeLens.enabled', true) },
  };
}

type Inspection = ReturnType<vscode.WorkspaceConfiguration['inspect']>;

function isChosen(setting: Inspection): boolean {
  return [setting?.globalValue, setting?.workspaceValue, setting?.workspaceFolderValue].some((value) => value !== undefined);
}

export function serverPath(): string {
  return vscode.workspace.getConfiguration(section).get('server.path', '');
}

/** Calls back when another program is to be started; the client reports every other setting to the server. */
export function onDidChangeServerPath(changed: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${section}.server.path`)) {
      changed();
    }
  });
}
