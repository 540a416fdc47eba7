// Which files the server hears about: the open ones it is sent, and the changes on disk it is told of.
//
// Files keep their language ids (`json`, `xml`), so that VS Code's own colours, folding and outline stay;
// the patterns alone keep the server off package.json and the like. Folder names vary in case between exports.

import { expressionScheme } from './expressionFiles';

/** One entry of a document selector, in the shape that both VS Code and the protocol know. */
export type DocumentFilter = { scheme: string; language: string } | { scheme: string; pattern: string; language?: string };

const solutionFiles = [
  '**/[Ww]orkflows/*.json',
  '**/modernflows/*/*.json',
  '**/Microsoft.Flow/flows/*/*.json',
  '**/*.data.xml',
  '**/{Solution,solution,Customizations,customizations}.xml',
  '**/environmentvariabledefinitions/**/*.{xml,json}',
  '**/flowsentry.jsonc',
];

export const documents: readonly DocumentFilter[] = [
  ...solutionFiles.map((pattern) => ({ scheme: 'file', pattern })),
  // Deployment settings are known by their content, their names only tend to contain "settings".
  // The language keeps VS Code's own settings.json out, which is `jsonc`.
  { scheme: 'file', language: 'json', pattern: '**/*ettings*.json' },
  // A definition pasted into a new editor.
  { scheme: 'untitled', language: 'json' },
  // One expression in a side editor.
  { scheme: expressionScheme, language: 'flowsentry-expression' },
];

/**
 * The server registers no watchers itself; it judges which of these files concern it.
 * Connection inventories may be text tables: .csv, .txt.
 */
export const watchedFiles = '**/*.{json,jsonc,xml,yml,csv,txt}';

/**
 * VS Code reports a folder that is deleted, or moved in, once and by its own name, and says nothing of the files in it.
 * This watcher is for such folders only.
 */
export const watchedFolders = '**';

const neverRead = /(?:^|[\\/])(?:node_modules|\.git|bin|obj)[\\/]/;
const readByName = /\.(?:json|jsonc|xml|yml|csv|txt)$/i;

/** Whether a change of this file or folder may concern the server; `path` is relative to the workspace folder. */
export function isRelevant(path: string): boolean {
  return !neverRead.test(path);
}

/** Whether a path may be, or have been, a folder with solution files: those files the first watcher reports. */
export function mayBeFolder(path: string): boolean {
  return !readByName.test(path);
}
