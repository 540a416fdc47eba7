// A client that starts the process it is given and reads one line of it: "ready VERSION" stands for the
// answer to `initialize`. The real client cannot run outside VS Code.

import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

export const CloseAction = { DoNotRestart: 1, Restart: 2 };
export const ErrorAction = { Continue: 1, Shutdown: 2 };
export const RevealOutputChannelOn = { Never: 4 };

type FileEvent = { uri: string };
type Options = {
  initializationOptions: unknown;
  middleware: {
    workspace: {
      didChangeConfiguration: () => Promise<void>;
      didChangeWatchedFile: (event: FileEvent, next: (event: FileEvent) => Promise<void>) => Promise<void> };
  };
};

export const clients: LanguageClient[] = [];

export class LanguageClient {
  initializeResult: { serverInfo: { version: string } } | undefined;
  private child: ChildProcessWithoutNullStreams | undefined;

  constructor(
    readonly id: string,
    readonly name: string,
    private readonly start_: () => Promise<ChildProcessWithoutNullStreams>,
    readonly options: Options,
  ) {
    clients.push(this);
  }

  async start() {
    const child = await this.start_();
    this.child = child;
    const answer = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', resolve);
      child.once('close', () => reject(new Error('connection got disposed')));
    });
    const version = /^ready (.*)$/.exec(answer)?.[1];
    if (version === undefined) {
      throw new Error(answer);
    }
    this.initializeResult = { serverInfo: { version } };
  }

  async stop() {
    this.child?.stdin.end();
  }

  isRunning() {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  onDidChangeState() {
    return { dispose() {} };
  }

  /** The events that reach the server, of those that VS Code reports. */
  async fileEvents(...uris: string[]) {
    const passed: string[] = [];
    for (const uri of uris) {
      await this.options.middleware.workspace.didChangeWatchedFile({ uri }, async (event) => void passed.push(event.uri));
    }
    return passed;
  }

  readonly capabilities: Record<string, unknown> = {};

  registerFeature(feature: { fillClientCapabilities: (capabilities: object) => void }) {
    feature.fillClientCapabilities(this.capabilities);
  }

  readonly handlers = new Map<string, (params: unknown) => void>();
  readonly sent: unknown[][] = [];

  onNotification(method: string, handler: (params: unknown) => void) {
    this.handlers.set(method, handler);
  }

  async sendNotification(...message: unknown[]) {
    this.sent.push(message);
  }
}
