// The command that writes a first identity plan. The server drafts it; here it becomes a file and is shown.

import * as vscode from 'vscode';
import { commandIds } from './commands';

/** The part of the server that the command needs. `Edit` is an edit as the protocol has it. */
export interface PlanServer {
  request<T>(method: string, params: object): Promise<T>;
  toWorkspaceEdit(edit: object): Promise<vscode.WorkspaceEdit>;
}

export function registerIdentityPlan(server: PlanServer): vscode.Disposable {
  return vscode.commands.registerCommand(commandIds.createIdentityPlan, () => createIdentityPlan(server));
}

async function createIdentityPlan(server: PlanServer): Promise<void> {
  const active = vscode.window.activeTextEditor?.document;
  const textDocument = active?.uri.scheme === 'file' ? { uri: active.uri.toString() } : undefined;
  try {
    const plan = await server.request<{ uri: string; edit: object }>('flowsentry/identityPlan', { textDocument });
    if (!(await vscode.workspace.applyEdit(await server.toWorkspaceEdit(plan.edit)))) {
      throw new Error('The plan could not be written.');
    }
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(plan.uri));
    await vscode.window.showTextDocument(document);
    // A plan counts once it is saved, and the command is asked for to have one.
    await document.save();
  } catch (error) {
    void vscode.window.showInformationMessage(error instanceof Error ? error.message : String(error));
  }
}
