// Entry point: puts the parts together. What each part does and why is said in its own file.

import * as os from 'node:os';
import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { onDidChangeServerPath, serverPath } from './configuration';
import { type Discovery, findServer } from './discovery';
import { problemWith } from './executable';
import { registerExpressionEditor } from './expressionEditor';
import { registerIdentityPlan } from './identityPlan';
import { noticeFor, show } from './notices';
import { registerShowReferences } from './references';
import { registerSecurityReport } from './securityReport';
import { Server } from './server';
import { StatusItem } from './status';

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel('Flow Sentry', { log: true });
  const trace = vscode.window.createOutputChannel('Flow Sentry Trace', { log: true });
  const discover = (): Discovery =>
    findServer({
      setting: serverPath(),
      extensionPath: context.extensionPath,
      platform: process.platform,
      home: os.homedir(),
      problemWith,
    });
  const started = new Server({ discover, output, trace, now: Date.now });
  server = started;
  const status = new StatusItem();
  context.subscriptions.push(
    output,
    trace,
    started,
    status,
    started.onDidChangeState((state) => {
      status.show(state);
      const notice = noticeFor(state, vscode.env.remoteName !== undefined);
      if (notice !== undefined) {
        output.error(notice.message);
        void show(notice);
      }
    }),
    registerShowReferences(),
    registerExpressionEditor(started),
    registerIdentityPlan(started),
    registerSecurityReport({ discover, output }),
    onDidChangeServerPath(() => void started.restart()),
    registerCommands({
      server: started,
      output,
      extensionVersion: (context.extension.packageJSON as { version: string }).version,
      serverCommand: () => {
        const found = discover();
        return found.found ? found.command : found.reason;
      },
    }),
  );
  status.show(started.state);
  await started.restart();
}

// VS Code waits for this promise, so the server is asked to end instead of being cut off.
export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
