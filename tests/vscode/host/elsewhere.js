// A folder without a solution: the extension costs nothing there.
const assert = require('node:assert/strict');
const vscode = require('vscode');
const { extension, pause, runChecks } = require('./harness.js');

exports.run = () =>
  runChecks({
    'the extension stays asleep where no solution is, also with a JSON file open': async () => {
      const [file] = await vscode.workspace.findFiles('package.json');
      await vscode.window.showTextDocument(file);
      await pause(3_000); // VS Code searches for the activation patterns in the background
      assert.ok(extension(), 'the extension is installed');
      assert.equal(extension().isActive, false);
    },
    'its commands work there all the same': async () => {
      assert.match(await vscode.commands.executeCommand('flowsentry.showVersion'), /^Flow Sentry extension \d+\.\d+\.\d+, server \d/);
      assert.equal(extension().isActive, true);
    },
  });
