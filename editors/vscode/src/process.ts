// The server as a process. The client library could start it too, but would not say how it ended,
// and "the server stopped" without a reason helps nobody.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class ServerProcess {
  /** Settles once the process runs or could not be started. */
  readonly started: Promise<ChildProcessWithoutNullStreams>;
  /** Settles with how the process ended, once it is gone; never rejects. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcessWithoutNullStreams;
  private lastLine = '';

  constructor(command: string, log: (line: string) => void) {
    // No shell: the path is a file, not a command line.
    this.child = spawn(command, ['lsp'], { stdio: 'pipe', shell: false, windowsHide: true });
    const child = this.child;
    this.started = new Promise((resolve, reject) => {
      child.once('spawn', () => resolve(child));
      child.once('error', reject);
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        // `close` means that its last words are read too. It may never come: whoever else holds the pipe keeps it open.
        const settle = () => resolve(describeEnd(code, signal, this.lastLine));
        child.once('close', settle);
        setTimeout(settle, 200);
      });
      child.once('error', (error) => resolve(`could not be started (${error.message})`));
    });
    createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', (line) => {
      if (line.trim() !== '') {
        this.lastLine = line.trim();
      }
      log(line);
    });
    // Writing to a process that has just died fails; `ended` tells of it.
    child.stdin.on('error', () => {});
  }

  /** Waits `patience` milliseconds for the process to end by itself, then ends it. */
  async end(patience: number): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patience);
    await this.ended;
    clearTimeout(timer);
    // A process that the server left behind could hold these, and us, for ever.
    this.child.stdout.destroy();
    this.child.stderr.destroy();
  }
}

export function describeEnd(code: number | null, signal: string | null, lastLine: string): string {
  const how = signal !== null ? `ended by ${signal}` : `ended with exit code ${code ?? 'unknown'}`;
  return lastLine === '' ? how : `${how}: ${lastLine}`;
}
