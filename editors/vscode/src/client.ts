// The language client: what VS Code and the server tell each other, and what of it we change on the way.

import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { commandIds } from './commands';
import { section, serverSettings } from './configuration';
import { documents, isRelevant, mayBeFolder, watchedFolders, watchedFiles } from './documents';
import type { ServerProcess } from './process';
import { showReferences } from './references';
import { statusMethod, type StatusParams } from './state';

export interface ClientParts {
  readonly process: ServerProcess;
  readonly output: vscode.LogOutputChannel;
  readonly trace: vscode.LogOutputChannel;
  readonly watchers: readonly vscode.FileSystemWatcher[];
  readonly onStatus: (status: StatusParams) => void;
}

export function createClient(parts: ClientParts): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: [...documents],
    initializationOptions: serverSettings(),
    synchronize: { configurationSection: section, fileEvents: [...parts.watchers] },
    diagnosticCollectionName: section,
    outputChannel: parts.output,
    traceOutputChannel: parts.trace,
    // We say ourselves what went wrong, with something to do about it; see notices.ts.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    errorHandler: quietErrorHandler,
    // process.ts reads stderr, to keep the reason of a crash
    stdioOptions: { stdout: () => {}, stderr: () => {} },
    middleware: {
      workspace: {
        // Not the section as VS Code has it: its defaults would look like choices of the user.
        didChangeConfiguration: () =>
          client.sendNotification('workspace/didChangeConfiguration', { settings: { [section]: serverSettings() } }),
        didChangeWatchedFile: async (event, next) => {
          if (isRelevant(vscode.workspace.asRelativePath(vscode.Uri.parse(event.uri), false))) {
            await next(event);
          }
        },
      },
    },
  };
  const client = new LanguageClient(section, 'Flow Sentry', () => parts.process.started, options);
  client.registerFeature(commandsOfOurs);
  client.onNotification(statusMethod, parts.onStatus);
  return client;
}

/** Commands of VS Code that go on where an offer was taken: with the names inside of a call, with its parameters. */
const afterCompletion = ['editor.action.triggerSuggest', 'editor.action.triggerParameterHints'];

// The protocol has no place for the commands a client brings; the server looks where others came to put them.
const commandsOfOurs: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = { ...capabilities.experimental, commands: { commands: [showReferences, commandIds.createIdentityPlan, ...afterCompletion] } };
  },
  initialize() {},
  getState: () => ({ kind: 'static' }),
  clear() {},
};

/** Both watchers; the caller keeps them, as a client that is stopped does not dispose of them. */
export function createWatchers(): vscode.FileSystemWatcher[] {
  return [
    vscode.workspace.createFileSystemWatcher(watchedFiles),
    onlyFolders(vscode.workspace.createFileSystemWatcher(watchedFolders, false, true, false)),
  ];
}

// Without this, every .json file that comes or goes would be reported by both watchers.
function onlyFolders(watcher: vscode.FileSystemWatcher): vscode.FileSystemWatcher {
  const folders = (event: vscode.Event<vscode.Uri>): vscode.Event<vscode.Uri> => (listener, that, disposables) =>
    event((uri) => (mayBeFolder(uri.fsPath) ? listener.call(that, uri) : undefined), undefined, disposables);
  return {
    ignoreCreateEvents: watcher.ignoreCreateEvents,
    ignoreChangeEvents: watcher.ignoreChangeEvents,
    ignoreDeleteEvents: watcher.ignoreDeleteEvents,
    onDidCreate: folders(watcher.onDidCreate),
    onDidChange: watcher.onDidChange,
    onDidDelete: folders(watcher.onDidDelete),
    dispose: () => watcher.dispose(),
  };
}

// The library would restart by itself and show its own messages; both are the business of server.ts.
const quietErrorHandler: ErrorHandler = {
  error: (_error, _message, count) => ({ action: (count ?? 0) > 3 ? ErrorAction.Shutdown : ErrorAction.Continue, handled: true }),
  closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
};
