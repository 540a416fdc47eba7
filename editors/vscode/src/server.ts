// The life of the server: one at a time, started, restarted, stopped, and started again when it dies.
//
// Every start gets a client of its own: a client that has failed cannot be started a second time, and
// stopping one removes its findings from the screen, so that no stale one stays.

import * as vscode from 'vscode';
import type { LanguageClient, WorkspaceEdit } from 'vscode-languageclient/node';
import { createClient, createWatchers } from './client';
import type { Discovery } from './discovery';
import { ServerProcess } from './process';
import { Restarts } from './restarts';
import type { ServerState, StatusParams } from './state';

/** One started server with its client. */
interface Run {
  readonly process: ServerProcess;
  readonly client: LanguageClient;
  phase: 'starting' | 'running' | 'abandoned';
}

export interface ServerOptions {
  readonly discover: () => Discovery;
  readonly output: vscode.LogOutputChannel;
  readonly trace: vscode.LogOutputChannel;
  readonly now: () => number;
}

export class Server implements vscode.Disposable {
  private readonly stateChanged = new vscode.EventEmitter<ServerState>();
  private readonly watchers = createWatchers();
  private readonly restarts = new Restarts();
  private run: Run | undefined;
  private current: ServerState = { kind: 'starting' };
  private queue: Promise<void> = Promise.resolve();
  private shutDown = false;

  readonly onDidChangeState = this.stateChanged.event;

  constructor(private readonly options: ServerOptions) {}

  get state(): ServerState {
    return this.current;
  }

  /** Starts the server, or another one in its place. Never rejects: `state` tells how it went. */
  restart(): Promise<void> {
    this.restarts.forget();
    this.abandonStart();
    return this.enqueue(async () => {
      await this.end();
      await this.begin();
    });
  }

  /** Ends the server for good. */
  stop(): Promise<void> {
    this.shutDown = true;
    this.abandonStart();
    return this.enqueue(() => this.end());
  }

  /** Asks the server something, once it has read the workspace. Rejects with what it says, or with why nobody answers. */
  async request<T>(method: string, params: object): Promise<T> {
    await this.untilRead();
    return this.running().sendRequest<T>(method, params);
  }

  /** An edit of the protocol in VS Code's terms. */
  async toWorkspaceEdit(edit: object): Promise<vscode.WorkspaceEdit> {
    return this.running().protocol2CodeConverter.asWorkspaceEdit(edit as WorkspaceEdit);
  }

  private running(): LanguageClient {
    if (this.run?.phase !== 'running') {
      throw new Error('The Flow Sentry server is not running.');
    }
    return this.run.client;
  }

  private untilRead(): Promise<void> {
    const busy = (state: ServerState) => state.kind === 'starting' || state.kind === 'reading';
    if (!busy(this.current)) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const listener = this.onDidChangeState((state) => {
        if (!busy(state)) {
          listener.dispose();
          resolve();
        }
      });
    });
  }

  dispose(): void {
    void this.stop();
    for (const watcher of this.watchers) {
      watcher.dispose();
    }
    this.stateChanged.dispose();
  }

  // Two quick restarts must not give two servers: one step at a time.
  private enqueue(step: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(step).catch((error: unknown) => this.options.output.error(String(error)));
    return this.queue;
  }

  // A server that never answers `initialize` would keep the queue waiting for ever.
  private abandonStart(): void {
    if (this.run?.phase === 'starting') {
      this.run.phase = 'abandoned';
      void this.run.process.end(0);
    }
  }

  private async begin(): Promise<void> {
    if (this.shutDown) {
      return;
    }
    this.enter({ kind: 'starting' });
    const server = this.options.discover();
    if (!server.found) {
      this.enter({ kind: 'stopped', cause: 'missing', reason: server.reason });
      return;
    }
    this.options.output.info(`Starting ${server.command} lsp`);
    const run = this.createRun(server.command);
    this.run = run;
    try {
      await run.client.start();
    } catch (error) {
      this.run = undefined;
      const reason = await whyStartFailed(run, error);
      if (run.phase !== 'abandoned') {
        this.enter({ kind: 'stopped', cause: 'failed', reason });
      }
      return;
    }
    run.phase = 'running';
    // Its first status may have come before this; a server that sends none is ready now.
    if (this.current.kind === 'starting') {
      this.enter({ kind: 'ready', version: versionOf(run.client) });
    }
    void run.process.ended.then((reason) => this.died(run, reason));
  }

  private createRun(command: string): Run {
    const process = new ServerProcess(command, (line) => this.options.output.info(line));
    const { output, trace } = this.options;
    const onStatus = (status: StatusParams) => this.told(run, status);
    const run: Run = { process, phase: 'starting', client: createClient({ process, output, trace, watchers: this.watchers, onStatus }) };
    return run;
  }

  private async end(): Promise<void> {
    const run = this.run;
    if (run === undefined) {
      return;
    }
    this.run = undefined; // from here on its end is our wish, not a crash
    await run.client.stop().catch((error: unknown) => this.options.output.warn(String(error)));
    await run.process.end(1_000);
  }

  private died(run: Run, reason: string): void {
    if (this.run !== run) {
      return;
    }
    this.run = undefined;
    this.options.output.error(`The server ${reason}`);
    if (!this.restarts.allow(this.options.now())) {
      this.enter({ kind: 'stopped', cause: 'failed', reason: `The server stops again and again. Last time it ${reason}` });
      return;
    }
    void this.enqueue(async () => {
      await hasStopped(run.client); // so that its commands and findings are gone before the next one brings its own
      if (this.run === undefined) {
        await this.begin();
      }
    });
  }

  private told(run: Run, status: StatusParams): void {
    if (this.run !== run) {
      return;
    }
    const version = versionOf(run.client);
    const { solutions, flows } = status;
    this.enter(status.state === 'reading' ? { kind: 'reading', version } : { kind: 'ready', version, found: { solutions, flows } });
  }

  private enter(state: ServerState): void {
    this.current = state;
    this.stateChanged.fire(state);
  }
}

function versionOf(client: LanguageClient): string {
  return client.initializeResult?.serverInfo?.version ?? '';
}

/** Ends the process of a failed start and says why it failed: its own end if it ended, else its answer. */
async function whyStartFailed(run: Run, error: unknown): Promise<string> {
  const answer = new Promise<string>((resolve) => {
    const message = error instanceof Error ? error.message : String(error);
    setTimeout(resolve, 500, `The server did not start: ${message}`);
  });
  const reason = await Promise.race([run.process.ended.then((how) => `The server ${how}`), answer]);
  await run.process.end(0);
  return reason;
}

function hasStopped(client: LanguageClient): Promise<void> {
  return new Promise((resolve) => {
    if (!client.isRunning()) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    };
    const timer = setTimeout(done, 1_000);
    const listener = client.onDidChangeState(() => {
      if (!client.isRunning()) {
        done();
      }
    });
  });
}
