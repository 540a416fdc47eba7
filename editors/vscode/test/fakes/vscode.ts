// As much of the `vscode` API as the extension's own code touches, with everything it does written down.

type Handler = (...args: unknown[]) => unknown;

export const recorded = {
  commands: new Map<string, Handler>(),
  executed: [] as unknown[][],
  errors: [] as string[],
  statusItem: { name: '', text: '', detail: '', busy: false, severity: 0, command: undefined as unknown, dispose() {} },
  settings: new Map<string, unknown>(),
  settingsChanged: undefined as ((event: { affectsConfiguration: (name: string) => boolean }) => void) | undefined,
  /** The button the next error message is answered with. */
  answer: undefined as string | undefined,
};

export class EventEmitter<T> {
  private listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void) => {
    this.listeners.add(listener);
    return { dispose: () => this.listeners.delete(listener) };
  };
  fire(value: T) {
    for (const listener of this.listeners) {
      listener(value);
    }
  }
  dispose() {
    this.listeners.clear();
  }
}

export class Disposable {
  constructor(private readonly ends: () => void) {}
  static from(...parts: { dispose(): unknown }[]) {
    return new Disposable(() => parts.forEach((part) => part.dispose()));
  }
  dispose() {
    this.ends();
  }
}

export const LanguageStatusSeverity = { Information: 0, Warning: 1, Error: 2 };

export const Uri = { parse: (text: string) => ({ path: new URL(text).pathname, toString: () => text }) };

export const FileType = { File: 1 };
export const FileChangeType = { Changed: 1, Created: 2, Deleted: 3 };
export const ViewColumn = { Beside: -2 };

export class FileSystemError extends Error {
  constructor(
    readonly code: string,
    message: unknown,
  ) {
    super(String(message));
  }
  static FileNotFound = (uri: unknown) => new FileSystemError('FileNotFound', uri);
  static NoPermissions = (message: unknown) => new FileSystemError('NoPermissions', message);
  static Unavailable = (message: unknown) => new FileSystemError('Unavailable', message);
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}

export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}
}

export class Location {
  constructor(
    readonly uri: unknown,
    readonly range: Range,
  ) {}
}

const channel = () => ({ info() {}, warn() {}, error() {}, show() {}, append() {}, appendLine() {}, dispose() {} });

export const window = {
  createOutputChannel: channel,
  showErrorMessage: async (message: string) => {
    recorded.errors.push(message);
    const answer = recorded.answer;
    recorded.answer = undefined;
    return answer;
  },
  showInformationMessage: async () => undefined,
};

export const languages = { createLanguageStatusItem: () => recorded.statusItem };

export const commands = {
  registerCommand: (name: string, handler: Handler) => {
    recorded.commands.set(name, handler);
    return new Disposable(() => recorded.commands.delete(name));
  },
  executeCommand: async (name: string, ...args: unknown[]) => {
    recorded.executed.push([name, ...args]);
    return recorded.commands.get(name)?.(...args);
  },
};

const nothing = () => new Disposable(() => {});

export const workspace = {
  getConfiguration: (section: string) => ({
    inspect: (name: string) => ({ globalValue: recorded.settings.get(`${section}.${name}`) }),
    get: (name: string, otherwise: unknown) => recorded.settings.get(`${section}.${name}`) ?? otherwise,
  }),
  onDidChangeConfiguration: (listener: NonNullable<typeof recorded.settingsChanged>) => {
    recorded.settingsChanged = listener;
    return nothing();
  },
  asRelativePath: (uri: { path: string }) => uri.path.replace('/workspace/', ''),
  registerFileSystemProvider: nothing,
  onDidOpenTextDocument: nothing,
  onDidChangeTextDocument: nothing,
  textDocuments: [],
  createFileSystemWatcher: () => ({ onDidCreate: nothing, onDidChange: nothing, onDidDelete: nothing, dispose() {} }),
};

export const env = { remoteName: undefined, clipboard: { writeText: async () => {} } };
