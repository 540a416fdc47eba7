// The language status item: the braces at the right of the status bar, when a file of a solution is open.

import * as vscode from 'vscode';
import { commandIds } from './commands';
import { documents } from './documents';
import type { Found, ServerState } from './state';

export interface StatusText {
  readonly text: string;
  readonly detail: string;
  readonly busy: boolean;
  readonly severity: 'information' | 'error';
  readonly action: { readonly title: string; readonly command: string };
}

export function describe(state: ServerState): StatusText {
  const output = { title: 'Show Output', command: commandIds.showOutput };
  const restart = { title: 'Restart Server', command: commandIds.restartServer };
  switch (state.kind) {
    case 'starting':
      return { text: 'Flow Sentry: starting', detail: '', busy: true, severity: 'information', action: output };
    case 'reading':
      return { text: 'Flow Sentry: reading the workspace', detail: '', busy: true, severity: 'information', action: output };
    case 'ready':
      return { text: `Flow Sentry ${state.version}`.trim(), detail: foundText(state.found), busy: false, severity: 'information', action: restart };
    case 'stopped':
      return { text: 'Flow Sentry: stopped', detail: state.reason, busy: false, severity: 'error', action: restart };
  }
}

function foundText(found: Found | undefined): string {
  return found === undefined ? '' : `${counted(found.solutions, 'solution')}, ${counted(found.flows, 'flow')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem('flowsentry.status', [...documents]);

  constructor() {
    this.item.name = 'Flow Sentry';
  }

  show(state: ServerState): void {
    const { text, detail, busy, severity, action } = describe(state);
    this.item.text = text;
    this.item.detail = detail;
    this.item.busy = busy;
    this.item.severity = severity === 'error' ? vscode.LanguageStatusSeverity.Error : vscode.LanguageStatusSeverity.Information;
    this.item.command = action;
  }

  dispose(): void {
    this.item.dispose();
  }
}
