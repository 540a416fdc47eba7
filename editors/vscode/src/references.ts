// The command behind a code lens: the server says where the uses are, VS Code shows them.

import * as vscode from 'vscode';

/** Known to the server by name: it sends lenses only to clients that have it. Not in the palette, where it would have nothing to show. */
export const showReferences = 'flowsentry.showReferences';

interface Place {
  readonly line: number;
  readonly character: number;
}

interface Location {
  readonly uri: string;
  readonly range: { readonly start: Place; readonly end: Place };
}

export function registerShowReferences(): vscode.Disposable {
  return vscode.commands.registerCommand(showReferences, (uri: string, at: Place, places: readonly Location[]) =>
    vscode.commands.executeCommand(
      'editor.action.showReferences',
      vscode.Uri.parse(uri),
      position(at),
      places.map(({ uri, range }) => new vscode.Location(vscode.Uri.parse(uri), new vscode.Range(position(range.start), position(range.end)))),
    ),
  );
}

function position({ line, character }: Place): vscode.Position {
  return new vscode.Position(line, character);
}
