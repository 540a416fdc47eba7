// The sample solution, with the real `vscode` API, the installed package and the real server.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const vscode = require('vscode');
const { extension, pause, runChecks, until } = require('./harness.js');

const missingReference = 'connection-reference-missing-from-solution';
const unknownFunction = 'unknown-function';

const codeOf = (finding) => (typeof finding.code === 'object' ? finding.code.value : finding.code);
const ours = (uri) => vscode.languages.getDiagnostics(uri).filter((finding) => finding.source === 'Flow Sentry');

/** Every finding of ours in the workspace, with the file it is in. */
const findings = () => vscode.languages.getDiagnostics().flatMap(([uri]) => ours(uri).map((finding) => ({ uri, finding })));
const withCode = (code) => findings().find(({ finding }) => codeOf(finding) === code);

const textOf = ({ contents }) => contents.map((content) => content.value ?? content).join('\n');

async function hoverAt(uri, position) {
  const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', uri, position);
  return hovers.map(textOf).join('\n');
}

const quickFixes = ({ uri, finding }) =>
  vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, finding.range, 'quickfix', 10);

/** Process ids of the servers that this extension host runs. */
function servers() {
  const status = (pid) => { try { return fs.readFileSync(`/proc/${pid}/status`, 'utf8'); } catch { return ''; } };
  return fs.readdirSync('/proc').filter((pid) => {
    const text = /^\d+$/.test(pid) ? status(pid) : '';
    return /^Name:\s*flowsentry$/m.test(text) && text.includes(`PPid:\t${process.pid}\n`) && !/^State:\s*Z/m.test(text);
  });
}

const titles = (actions) => actions.map((action) => action.title).join('; ');

async function apply(action) {
  if (action.edit) assert.ok(await vscode.workspace.applyEdit(action.edit), 'the edit was applied');
  if (action.command) await vscode.commands.executeCommand(action.command.command, ...(action.command.arguments ?? []));
}

// Not vscode.workspace.saveAll: that one saves editors, and a fix may change a file that none shows.
async function saveAll() {
  for (const document of vscode.workspace.textDocuments) {
    if (document.isDirty) assert.ok(await document.save(), `saved ${document.uri.fsPath}`);
  }
}

async function replaceIn(document, from, to) {
  const at = document.getText().indexOf(from);
  assert.ok(at >= 0, `${from} is in ${document.uri.fsPath}`);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(at), document.positionAt(at + from.length)), to);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

async function flowWith(pattern) {
  for (const uri of await vscode.workspace.findFiles('**/Workflows/*.json')) {
    const match = pattern.exec(fs.readFileSync(uri.fsPath, 'utf8'));
    if (match) return { uri, match };
  }
  return assert.fail(`no flow of the sample matches ${pattern}`);
}

const setting = (name, value) => vscode.workspace.getConfiguration('flowsentry').update(name, value, vscode.ConfigurationTarget.Workspace);

const closeAll = () => vscode.commands.executeCommand('workbench.action.closeAllEditors');

/** Opens the side editor for the expression at an offset of a flow. */
async function openSide(flow, offset) {
  const editor = await vscode.window.showTextDocument(flow, vscode.ViewColumn.One);
  const at = flow.positionAt(offset);
  editor.selection = new vscode.Selection(at, at);
  await vscode.commands.executeCommand('flowsentry.editExpression');
  return until('a side editor', () => {
    const document = vscode.window.activeTextEditor?.document;
    return document?.uri.scheme === 'flowsentry-expression' && document;
  });
}

exports.run = () =>
  runChecks({
    'the extension wakes up by itself': () => until('active', () => extension()?.isActive),

    'findings of files that are not open arrive': async () => {
      const { uri } = await until('a finding', () => findings()[0]);
      assert.deepEqual(vscode.workspace.textDocuments.filter((document) => document.uri.toString() === uri.toString()), []);
    },

    'the missing connection reference is among them, at its name': async () => {
      const { uri, finding } = await until(missingReference, () => withCode(missingReference));
      const marked = (await vscode.workspace.openTextDocument(uri)).getText(finding.range);
      assert.match(marked, /^"?\w+"?$/);
      assert.ok(finding.message.length > 20, finding.message);
    },

    'a finding links to its documentation': async () => {
      const { finding } = withCode(missingReference);
      assert.match(String(finding.code.target), /connection-reference-missing-from-solution/);
    },

    'hover on a connection key of a flow tells of its connection reference': async () => {
      const { uri, match } = await flowWith(/"connectionName": "(\w+)"/);
      const document = await vscode.workspace.openTextDocument(uri);
      const text = await until('a hover', () => hoverAt(uri, document.positionAt(match.index + match[0].length - 3)));
      const names = [...document.getText().matchAll(/"connectionReferenceLogicalName": "(\w+)"/g)].map(([, name]) => name);
      assert.ok(names.some((name) => text.includes(name)), text);
    },

    'hover on a function of an expression explains it': async () => {
      const { uri, match } = await flowWith(/(?<=[@{(, ])(?:utcNow|concat|coalesce|outputs|triggerBody|triggerOutputs)(?=\()/);
      const document = await vscode.workspace.openTextDocument(uri);
      const text = await until('a hover', () => hoverAt(uri, document.positionAt(match.index + 2)));
      assert.match(text, new RegExp(match[0]));
    },

    'the outline of a flow has its triggers and actions, the search finds them in closed files': async () => {
      const { uri } = await flowWith(/"Is_above_the_limit"/);
      const names = (symbols) => symbols.flatMap(({ name, children }) => [name, ...names(children ?? [])]);
      const outline = await until('an outline of ours', async () => {
        const all = names(await vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', uri) ?? []);
        return all.includes('Is above the limit') && all;
      });
      assert.ok(outline.includes('Mark as approved') && outline.includes('else'), outline.join(', '));
      const found = await vscode.commands.executeCommand('vscode.executeWorkspaceSymbolProvider', 'Mark as appr');
      assert.ok(found.some(({ name, containerName }) => name === 'Mark as approved' && containerName === 'Expense report submitted'));
    },

    'hints name what keys and ids stand for, and can be switched off': async () => {
      const { uri } = await flowWith(/"Is_above_the_limit"/);
      const document = await vscode.workspace.openTextDocument(uri);
      const all = new vscode.Range(0, 0, document.lineCount, 0);
      const labels = async () => {
        const hints = await vscode.commands.executeCommand('vscode.executeInlayHintProvider', uri, all);
        return hints.map(({ label }) => (typeof label === 'string' ? label : label.map(({ value }) => value).join('')));
      };
      await until('the hint of a flow', async () => (await labels()).includes('Notify approver'));
      assert.ok((await labels()).some((label) => label.startsWith('Contoso | Dataverse')));
      await setting('inlayHints.flows', false);
      await until('no such hint', async () => !(await labels()).includes('Notify approver'));
      await setting('inlayHints.flows', undefined);
    },

    'lenses tell who uses a connection reference, and show it': async () => {
      const [uri] = await vscode.workspace.findFiles('**/Customizations.xml');
      await vscode.window.showTextDocument(uri);
      const lens = await until('a lens', async () => {
        const lenses = await vscode.commands.executeCommand('vscode.executeCodeLensProvider', uri, 10);
        return lenses.find(({ command }) => /^used by 2 flows/.test(command?.title));
      });
      await vscode.commands.executeCommand(lens.command.command, ...lens.command.arguments);
      await closeAll();
    },

    'expressions have semantic tokens': async () => {
      const { uri } = await flowWith(/"Is_above_the_limit"/);
      await vscode.workspace.openTextDocument(uri);
      const tokens = await until('tokens', () => vscode.commands.executeCommand('vscode.provideDocumentSemanticTokens', uri));
      assert.ok(tokens.data.length > 100);
    },

    'calls between flows can be followed': async () => {
      const { uri, match } = await flowWith(/"workflowReferenceName": "/);
      const document = await vscode.workspace.openTextDocument(uri);
      const at = document.positionAt(match.index + match[0].length + 2);
      const [child] = await until('an item', () => vscode.commands.executeCommand('vscode.prepareCallHierarchy', uri, at));
      assert.equal(child.name, 'Notify approver');
      const callers = await vscode.commands.executeCommand('vscode.provideIncomingCalls', child);
      assert.deepEqual(callers.map(({ from }) => from.name), ['Expense report submitted']);
    },

    'an expression is edited beside its flow, checked there, and saved into it': async () => {
      const { uri, match } = await flowWith(/@outputs\('Get_employe'\)/);
      const flow = await vscode.workspace.openTextDocument(uri);
      const before = flow.getText();
      const side = await openSide(flow, match.index + 3);
      assert.equal(side.languageId, 'flowsentry-expression');
      assert.equal(side.getText(), "outputs('Get_employe')?['body/con_name']");
      await until('the finding of the flow', () => ours(side.uri).some((finding) => codeOf(finding) === 'unknown-action-reference'));
      await replaceIn(side, 'Get_employe', 'Get_employee');
      await until('no finding', () => ours(side.uri).length === 0);
      assert.match(await until('a hover', () => hoverAt(side.uri, side.positionAt(10))), /Get employee/);
      assert.equal(flow.getText(), before, 'nothing is written before it is saved');
      await replaceIn(side, "outputs('Get_employee')?['body/con_name']", "concat(\n  outputs('Get_employee')?['body/con_name'],\n  '\"é😀\"'\n)\n");
      assert.ok(await side.save());
      const after = before.replace("@outputs('Get_employe')?['body/con_name']", "@concat(outputs('Get_employee')?['body/con_name'], '\\\"é😀\\\"')");
      assert.equal(flow.getText(), after);
      assert.ok(!flow.isDirty, 'the flow had no other changes, so it is saved as well');
      assert.equal(fs.readFileSync(uri.fsPath, 'utf8'), after);
      assert.match(side.getText(), /\n {2}outputs/, 'the side keeps its layout');
      await closeAll();
    },

    'what changes underneath is shown in the side editor, or refuses what is typed over it': async () => {
      const { uri, match } = await flowWith(/@concat\(outputs\('Get_employee'\)/);
      const flow = await vscode.workspace.openTextDocument(uri);
      const side = await openSide(flow, match.index + 3);
      await replaceIn(flow, "@concat(outputs('Get_employee')", "@concat(body('Get_employee')");
      await until('the change', () => side.getText().includes("body('Get_employee')"));
      assert.ok(!side.isDirty);
      await replaceIn(side, 'concat', 'coalesce');
      await replaceIn(flow, "@concat(body('Get_employee')", "@concat(outputs('Get_employee')");
      assert.equal(await side.save().then((saved) => saved, () => false), false, 'refused');
      assert.ok(flow.getText().includes("@concat(outputs('Get_employee')") && side.getText().startsWith('coalesce('));
      await vscode.window.showTextDocument(side);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await until('the text of the flow', () => side.getText().startsWith("concat(outputs('Get_employee')") || side.getText().includes("outputs('Get_employee')"));
      await replaceIn(side, 'concat', 'coalesce');
      assert.ok(await side.save());
      assert.ok(flow.getText().includes("@coalesce(outputs('Get_employee')"));
      assert.ok(flow.isDirty, 'the flow had unsaved changes of its own, and keeps them');
      await vscode.window.showTextDocument(flow);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await closeAll();
    },

    'typing is checked before it is saved, and undoing takes the finding away': async () => {
      const { uri, match } = await flowWith(/"connectionReferenceLogicalName": "(con_ContosoOutlook)"/);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      const named = () => ours(uri).some((finding) => finding.message.includes('con_Misspelled'));
      await replaceIn(document, `"${match[1]}"`, '"con_Misspelled"');
      await until('a finding for the unsaved text', named);
      assert.ok(document.isDirty);
      await vscode.commands.executeCommand('undo');
      await until('no such finding', () => !named());
      await vscode.commands.executeCommand('workbench.action.files.revert');
    },

    'a change by another program is noticed in a closed file': async () => {
      await closeAll();
      const { uri, match } = await flowWith(/"con_ContosoOutlook"/);
      const before = fs.readFileSync(uri.fsPath, 'utf8');
      const named = () => ours(uri).some((finding) => finding.message.includes('con_Elsewhere'));
      fs.writeFileSync(uri.fsPath, before.replaceAll(match[0], '"con_Elsewhere"'));
      await until('a finding', named);
      fs.writeFileSync(uri.fsPath, before);
      await until('no such finding', () => !named());
    },

    'a change of the settings counts at once, and back': async () => {
      const inFlows = () => findings().filter(({ uri }) => /Workflows/.test(uri.path)).length;
      await until('findings in flows', inFlows);
      await setting('exclude', ['**/Workflows/**']);
      await until('none there', () => inFlows() === 0);
      await setting('exclude', undefined);
      await until('findings in flows again', inFlows);
    },

    'restarting the server starts another one, and the findings come back': async () => {
      // Files are published one by one: the count that no longer changes is the one to come back to.
      let before = -1;
      while (before !== findings().length || before === 0) {
        before = findings().length;
        await new Promise((done) => setTimeout(done, 1000));
      }
      const old = servers();
      assert.equal(old.length, 1);
      await vscode.commands.executeCommand('flowsentry.restartServer');
      await until('another server', () => servers().length === 1 && servers()[0] !== old[0]);
      await until('findings again', () => findings().length === before);
      assert.match(await vscode.commands.executeCommand('flowsentry.showVersion'), /server \d+\.\d+\.\d+/);
    },

    'a deleted folder takes the findings of its files along': async () => {
      // An open document outlives its file, so a file that nothing here opens is looked at.
      const { uri } = await until('a finding in the settings', () => findings().find((found) => /\/deployment\//.test(found.uri.path)));
      assert.ok(!vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString()));
      const folder = path.dirname(uri.fsPath);
      const kept = fs.mkdtempSync(path.join(os.tmpdir(), 'flow-sentry-kept-'));
      fs.renameSync(folder, path.join(kept, 'folder')); // to the folder's watchers this is a deletion
      try {
        await until('no finding in it', () => ours(uri).length === 0);
      } finally {
        fs.renameSync(path.join(kept, 'folder'), folder);
        fs.rmSync(kept, { recursive: true });
      }
      await until('the findings again', () => ours(uri).length > 0);
    },

    'a quick fix repairs the expression, and the saved file differs in nothing else': async () => {
      const found = await until(unknownFunction, () => withCode(unknownFunction));
      const before = fs.readFileSync(found.uri.fsPath, 'utf8');
      const fixes = await quickFixes(found);
      const fix = fixes.find((action) => action.title.includes('formatDateTime'));
      assert.ok(fix, `a fix that names the function is among: ${titles(fixes)}`);
      await apply(fix);
      await until('the finding is gone', () => !ours(found.uri).some((finding) => codeOf(finding) === unknownFunction));
      await saveAll();
      const after = fs.readFileSync(found.uri.fsPath, 'utf8');
      assert.notEqual(after, before);
      assert.equal(after, before.replaceAll('formatDateTme', 'formatDateTime'));
    },

    'a quick fix adds the missing reference to another file, and the finding goes away': async () => {
      const found = withCode(missingReference);
      const name = (await vscode.workspace.openTextDocument(found.uri)).getText(found.finding.range).replaceAll('"', '');
      const fixes = await quickFixes(found);
      const fix = fixes.find((action) => action.edit?.entries().some(([uri]) => /customizations\.xml$/i.test(uri.path)));
      assert.ok(fix, `a fix that edits Customizations.xml is among: ${titles(fixes)}`);
      await apply(fix);
      await until('the finding is gone', () => !withCode(missingReference));
      await saveAll();
      const [manifest] = await vscode.workspace.findFiles('**/Customizations.xml');
      const xml = fs.readFileSync(manifest.fsPath, 'utf8');
      assert.ok(xml.startsWith('\uFEFF'), 'the byte order mark is still there');
      assert.match(xml, new RegExp(`<connectionreference connectionreferencelogicalname="${name}">[^]*</connectionreference>`));
      assert.equal(withCode(missingReference), undefined, 'and it stays away after saving');
    },

    'JSON files of other kinds are left alone': async () => {
      const folder = vscode.workspace.workspaceFolders[0].uri;
      const file = vscode.Uri.joinPath(folder, 'appsettings.json');
      fs.writeFileSync(file.fsPath, '{ "greeting": "@concat(", "url": "https://example.com?sig=abc" }');
      await vscode.window.showTextDocument(file);
      await pause(1_000);
      assert.deepEqual(ours(file), []);
      await closeAll();
      fs.rmSync(file.fsPath);
    },

    'a folder cannot choose the server; trust restricts what it may set': async () => {
      await assert.rejects(Promise.resolve(setting('server.path', '/bin/true')), /only into User settings/);
      const { supported, restrictedConfigurations } = extension().packageJSON.capabilities.untrustedWorkspaces;
      assert.equal(supported, 'limited');
      assert.deepEqual([...restrictedConfigurations].sort(), ['flowsentry.connections', 'flowsentry.server.path']);
      assert.notEqual(extension().packageJSON.capabilities.virtualWorkspaces, true);
    },
  });
