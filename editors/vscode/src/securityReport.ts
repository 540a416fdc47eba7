// The security report in a tab of its own. The program that serves the editor writes it, from the files as they are
// saved, in a process of its own: a question over every flow of the folder is to hold up no key.

import { execFile } from 'node:child_process';
import * as vscode from 'vscode';
import { commandIds } from './commands';
import { serverSettings } from './configuration';
import type { Discovery } from './discovery';

const viewType = 'flowsentry.securityReport';
/** A page of the largest workspaces seen has a few megabytes. */
const mostBytes = 256 << 20;

export interface ReportParts {
  readonly discover: () => Discovery;
  readonly output: vscode.LogOutputChannel;
}

export function registerSecurityReport(parts: ReportParts): vscode.Disposable {
  const tab = new ReportTab(parts);
  return vscode.Disposable.from(
    tab,
    vscode.commands.registerCommand(commandIds.showSecurityReport, () => tab.show()),
    vscode.commands.registerCommand(commandIds.saveSecurityReport, () => tab.save()),
  );
}

class ReportTab implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private page = '';

  constructor(private readonly parts: ReportParts) {}

  /** Makes the report anew and shows it; the tab is one, however often it is asked for. */
  async show(): Promise<void> {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    if (folders.length === 0) {
      return tell('Open a folder with an unpacked solution first.');
    }
    const found = this.parts.discover();
    if (!found.found) {
      return tell(found.reason);
    }
    const paths = folders.map(({ uri }) => uri.fsPath);
    const progress = { location: vscode.ProgressLocation.Window, title: 'Flow Sentry: security report' };
    try {
      this.page = await vscode.window.withProgress(progress, () => reportOf(found.command, paths, serverSettings().connections));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.parts.output.error(`security report: ${reason}`);
      return tell(`The security report could not be made: ${reason}`);
    }
    const panel = this.panel ?? this.open();
    panel.webview.html = this.page;
    panel.reveal();
  }

  /** Writes the page that is shown to a file that the user names. */
  async save(): Promise<void> {
    if (this.page === '') {
      await this.show();
    }
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const target = await vscode.window.showSaveDialog({
      filters: { 'Web page': ['html'] },
      ...(folder && { defaultUri: vscode.Uri.joinPath(folder, 'flow-security-report.html') }),
    });
    if (target !== undefined && this.page !== '') {
      await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(this.page));
    }
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private open(): vscode.WebviewPanel {
    // The page has no script and asks for nothing; so it may not run or load any either.
    const options = { enableScripts: false, localResourceRoots: [], enableFindWidget: true, retainContextWhenHidden: true };
    const panel = vscode.window.createWebviewPanel(viewType, 'Security Report', vscode.ViewColumn.Active, options);
    panel.onDidDispose(() => {
      this.panel = undefined;
      this.page = '';
    });
    this.panel = panel;
    return panel;
  }
}

function reportOf(command: string, folders: readonly string[], inventories: readonly string[]): Promise<string> {
  const given = inventories.flatMap((file) => ['--connections', file]);
  const options = { cwd: folders[0] ?? '.', maxBuffer: mostBytes, windowsHide: true, shell: false };
  return new Promise((resolve, reject) => {
    execFile(command, ['report', ...given, '--', ...folders], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
      } else {
        reject(new Error(stderr.trim().replace(/^flowsentry: /, '') || error.message));
      }
    });
  });
}

function tell(message: string): void {
  void vscode.window.showInformationMessage(message);
}
