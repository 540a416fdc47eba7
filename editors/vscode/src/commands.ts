// The commands of the palette.

import * as vscode from 'vscode';
import type { ServerState } from './state';

export const commandIds = {
  restartServer: 'flowsentry.restartServer',
  showOutput: 'flowsentry.showOutput',
  showVersion: 'flowsentry.showVersion',
  editExpression: 'flowsentry.editExpression',
  createIdentityPlan: 'flowsentry.createIdentityPlan',
  showSecurityReport: 'flowsentry.showSecurityReport',
  saveSecurityReport: 'flowsentry.saveSecurityReport',
} as const;

/** The part of the server that commands need. */
export interface Controls {
  readonly state: ServerState;
  restart(): Promise<void>;
}

export interface CommandParts {
  readonly server: Controls;
  readonly output: vscode.LogOutputChannel;
  readonly extensionVersion: string;
  /** Where the server is or should be, for people who have several. */
  readonly serverCommand: () => string;
}

export function registerCommands({ server, output, extensionVersion, serverCommand }: CommandParts): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand(commandIds.restartServer, () => server.restart()),
    vscode.commands.registerCommand(commandIds.showOutput, () => output.show(true)),
    vscode.commands.registerCommand(commandIds.showVersion, async () => {
      const text = versionText(extensionVersion, server.state, serverCommand());
      // Not awaited: the message stays until it is closed, and callers want the text now.
      void offerCopy(text);
      return text;
    }),
  );
}

export function versionText(extensionVersion: string, state: ServerState, command: string): string {
  const running = state.kind === 'ready' || state.kind === 'reading';
  const server = running ? `server ${state.version || 'of unknown version'} (${command})` : `server not running (${state.kind})`;
  return `Flow Sentry extension ${extensionVersion}, ${server}`;
}

async function offerCopy(text: string): Promise<void> {
  if ((await vscode.window.showInformationMessage(text, 'Copy')) === 'Copy') {
    await vscode.env.clipboard.writeText(text);
  }
}
