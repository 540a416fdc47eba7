// The files behind side editors: each is one expression of a flow, read from the flow and, on saving, written back to it.
//
// What is written must fit what was read: the server is told the string (`base`) that the text in the editor was made of,
// and refuses where the flow has another one by now. VS Code reads files for many reasons, so a reading alone does not
// count: a base is that of the editor only once the editor shows the text that came with it, unedited.

import * as vscode from 'vscode';

export const expressionScheme = 'flowsentry-expression';

/** An expression as the server takes it out of a flow. */
export interface Taken {
  readonly uri: string;
  readonly text: string;
  readonly base: string;
  readonly flow: string;
}

/** What puts an expression back; no edit where only white space changed. */
export interface Put<Edit> {
  readonly edit: Edit | null;
  readonly base: string;
}

/** The server and the editor, as far as the files need them. */
export interface Surroundings<Edit> {
  take(uri: string): Promise<Taken>;
  put(uri: string, text: string, base: string): Promise<Put<Edit>>;
  /** The document of an expression, as the editor shows it. */
  shown(uri: string): { readonly text: string; readonly dirty: boolean } | undefined;
  /** Carries an edit out in a flow, and saves the flow if it had no other changes. */
  carryOut(flow: string, edit: Edit): Promise<void>;
  /** The flow changed while the text in the side editor has changes of its own. */
  warn(uri: string): void;
}

interface Held {
  flow: string;
  /** What was read last, whoever read it. */
  loaded?: { readonly text: string; readonly base: string };
  /** What the text in the editor was made of. */
  base?: string;
  size: number;
  mtime: number;
  /** The flow has no such expression at the moment. */
  gone: boolean;
  /** The text is on its way into the flow, whose change is then no news. */
  writing?: boolean;
  warned?: string;
}

const unknownBase =
  'This text was opened before the editor was restarted, so nobody can tell whether the flow is still the same. Nothing was written: copy your text, revert this editor, and edit again.';

export class ExpressionFiles<Edit> implements vscode.FileSystemProvider {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly held = new Map<string, Held>();
  private clock = Date.now();

  readonly onDidChangeFile = this.changed.event;

  constructor(private readonly at: Surroundings<Edit>) {}

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const held = this.held.get(uri.toString()) ?? (await this.read(uri)).held;
    if (held.gone) {
      throw vscode.FileSystemError.FileNotFound(uri);
    }
    return { type: vscode.FileType.File, ctime: 0, mtime: held.mtime, size: held.size };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return Buffer.from((await this.read(uri)).text, 'utf8');
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const key = uri.toString();
    const held = this.held.get(key);
    // A program that writes without an editor wrote over what was read last.
    const base = held?.base ?? (this.at.shown(key) === undefined ? held?.loaded?.base : undefined);
    if (held === undefined || base === undefined) {
      throw vscode.FileSystemError.Unavailable(unknownBase);
    }
    const text = Buffer.from(content).toString('utf8');
    held.writing = true;
    try {
      const put = await this.at.put(key, text, base);
      if (put.edit !== null) {
        await this.at.carryOut(held.flow, put.edit);
      }
      held.base = put.base;
      held.loaded = { text, base: put.base };
    } catch (error) {
      throw vscode.FileSystemError.Unavailable(error instanceof Error ? error.message : String(error));
    } finally {
      held.writing = false;
    }
    held.size = content.length;
    held.mtime = ++this.clock;
    held.gone = false;
  }

  /** The editor shows another text of this expression, or the same one saved or reverted. */
  settle(uri: string): void {
    const held = this.held.get(uri);
    const shown = this.at.shown(uri);
    if (held?.loaded !== undefined && shown !== undefined && !shown.dirty && shown.text === held.loaded.text) {
      held.base = held.loaded.base;
    }
  }

  /** A flow changed: expressions of it may be others now, or gone. */
  async look(flow: string): Promise<void> {
    for (const [uri, held] of this.held) {
      // What nobody shows is read when somebody opens it.
      if (held.flow === flow && held.writing !== true && this.at.shown(uri) !== undefined) {
        await this.lookAt(uri, held);
      }
    }
  }

  private async lookAt(uri: string, held: Held): Promise<void> {
    const taken = await this.at.take(uri).catch(() => undefined);
    if (held.writing === true) {
      return;
    }
    const parsed = vscode.Uri.parse(uri);
    if (taken === undefined) {
      if (!held.gone) {
        held.gone = true;
        this.changed.fire([{ type: vscode.FileChangeType.Deleted, uri: parsed }]);
      }
      return;
    }
    const back = held.gone;
    held.gone = false;
    if (!back && taken.base === (held.base ?? held.loaded?.base)) {
      return;
    }
    if (this.at.shown(uri)?.dirty === true) {
      // Nothing is done to what somebody is typing; saving it will be refused.
      if (held.warned !== taken.base) {
        held.warned = taken.base;
        this.at.warn(uri);
      }
      return;
    }
    held.mtime = ++this.clock;
    held.size = Buffer.byteLength(taken.text);
    this.changed.fire([{ type: back ? vscode.FileChangeType.Created : vscode.FileChangeType.Changed, uri: parsed }]);
  }

  private async read(uri: vscode.Uri): Promise<{ held: Held; text: string }> {
    const key = uri.toString();
    let taken: Taken;
    try {
      taken = await this.at.take(key);
    } catch (error) {
      const known = this.held.get(key);
      if (known !== undefined) {
        known.gone = true;
      }
      throw vscode.FileSystemError.Unavailable(error instanceof Error ? error.message : String(error));
    }
    const { text, base, flow } = taken;
    const size = Buffer.byteLength(text);
    const held = this.held.get(key) ?? { flow, size, mtime: ++this.clock, gone: false };
    held.loaded = { text, base };
    held.size = size;
    held.gone = false;
    this.held.set(key, held);
    return { held, text };
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {});
  }

  readDirectory(): never {
    throw vscode.FileSystemError.NoPermissions('Expressions lie in no folder.');
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions('Expressions lie in no folder.');
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions('An expression is deleted in its flow.');
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions('An expression has no name of its own.');
  }
}
