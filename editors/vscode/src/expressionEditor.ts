// The side editor: a command that opens the expression under the cursor, and what keeps it and its flow together.

import * as vscode from 'vscode';
import { commandIds } from './commands';
import { ExpressionFiles, expressionScheme, type Put, type Taken } from './expressionFiles';

/** The part of the server that side editors need. `Edit` is an edit as the protocol has it. */
export interface ExpressionServer {
  request<T>(method: string, params: object): Promise<T>;
  toWorkspaceEdit(edit: ProtocolEdit): Promise<vscode.WorkspaceEdit>;
}

/** As much of the protocol's edit as is looked at here. */
export interface ProtocolEdit {
  readonly documentChanges?: readonly { readonly textDocument: { readonly uri: string; readonly version: number | null } }[];
}

/** How long a flow has to be quiet before its expressions are looked at again. */
const quiet = 150;

export function registerExpressionEditor(server: ExpressionServer): vscode.Disposable {
  const files = new ExpressionFiles<ProtocolEdit>({
    take: (uri) => server.request<Taken>('flowsentry/expression', { textDocument: { uri } }),
    put: (uri, text, base) => server.request<Put<ProtocolEdit>>('flowsentry/applyExpression', { textDocument: { uri }, text, base }),
    shown: (uri) => {
      const document = documentOf(uri);
      return document && { text: document.getText(), dirty: document.isDirty };
    },
    carryOut: (flow, edit) => carryOut(server, flow, edit),
    warn: (uri) => void warn(uri),
  });
  const timers = new Map<string, NodeJS.Timeout>();
  const lookSoon = (flow: string) => {
    clearTimeout(timers.get(flow));
    timers.set(flow, setTimeout(() => { timers.delete(flow); void files.look(flow); }, quiet));
  };
  return vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(expressionScheme, files, { isCaseSensitive: true }),
    vscode.workspace.onDidOpenTextDocument((document) => files.settle(document.uri.toString())),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      const uri = document.uri.toString();
      if (document.uri.scheme === expressionScheme) {
        files.settle(uri);
      } else {
        lookSoon(uri);
      }
    }),
    vscode.commands.registerCommand(commandIds.editExpression, () => editExpression(server)),
    { dispose: () => timers.forEach((timer) => clearTimeout(timer)) },
  );
}

async function editExpression(server: ExpressionServer): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void vscode.window.showInformationMessage('Open a flow and place the cursor in an expression first.');
    return;
  }
  if (editor.document.uri.scheme === expressionScheme) {
    return;
  }
  const { line, character } = editor.selection.active;
  try {
    const taken = await server.request<Taken>('flowsentry/expression', {
      textDocument: { uri: editor.document.uri.toString() },
      position: { line, character },
    });
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(taken.uri));
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: false });
  } catch (error) {
    void vscode.window.showInformationMessage(error instanceof Error ? error.message : String(error));
  }
}

function documentOf(uri: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri);
}

async function carryOut(server: ExpressionServer, flow: string, edit: ProtocolEdit): Promise<void> {
  const again = 'The flow was changed at the same moment. Nothing was written; save again.';
  const target = edit.documentChanges?.[0]?.textDocument;
  const uri = vscode.Uri.parse(flow);
  const document = documentOf(uri.toString()) ?? (await vscode.workspace.openTextDocument(uri));
  const hadChanges = document.isDirty;
  const converted = await server.toWorkspaceEdit(edit);
  // VS Code itself refuses an edit that is made of an older version than this one.
  if (target?.version != null && target.version !== document.version) {
    throw new Error(again);
  }
  if (!(await vscode.workspace.applyEdit(converted))) {
    throw new Error(again);
  }
  // Saving here is meant to save. What else is unsaved in the flow is left to whoever typed it.
  if (!hadChanges && !(await document.save())) {
    throw new Error('The expression is in the flow, but the flow could not be saved.');
  }
}

async function warn(uri: string): Promise<void> {
  const revert = 'Revert';
  const message = 'This expression was changed in the flow while you edit it here. Saving will be refused; revert to see the change.';
  if ((await vscode.window.showWarningMessage(message, revert)) !== revert) {
    return;
  }
  const document = documentOf(uri);
  if (document !== undefined) {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }
}
