// Real VS Code for the tests: its server and workbench (code-server), driven through a headless browser.
//
// Every start is fresh (home folder, settings, extensions), listens on 127.0.0.1 only and reaches nothing
// else. Every wait is bounded. This file runs on node 20; only code-server needs the node it comes with.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const cache = process.env.FLOWSENTRY_VSCODE_CACHE ?? path.join(os.homedir(), '.cache/flow-sentry-vscode');
const modules = path.join(cache, 'node_modules');
const { chromium } = createRequire(path.join(cache, 'package.json'))('playwright-core');

// What would otherwise move, pop up or ask during a test.
const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.enableExperiments': false,
  'workbench.editor.useModal': 'off',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'editor.fontFamily': 'DejaVu Sans Mono',
  'editor.minimap.enabled': false,
  'files.autoSave': 'off',
};

/**
 * Starts VS Code with the given .vsix installed; opens nothing yet.
 * `settings` are the user's, `machineSettings` those of the machine the extension runs on (machine-scoped ones
 * count only there), `trust: true` asks for workspace trust as a normal installation does.
 */
async function launch({ vsix, settings = {}, machineSettings = {}, trust = false, serverArgs = [] }) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'flow-sentry-vscode-'));
  const data = path.join(home, 'data');
  const extensions = path.join(home, 'extensions');
  const config = path.join(home, 'config.yaml');
  writeJson(path.join(data, 'User/settings.json'), { ...quietSettings, 'security.workspace.trust.enabled': trust, ...settings });
  writeJson(path.join(data, 'Machine/settings.json'), machineSettings);
  fs.writeFileSync(config, 'auth: none\n');

  const nowhere = 'http://127.0.0.1:9'; // the discard port: no marketplace is asked
  const env = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: nowhere, itemUrl: nowhere }),
  };
  const node = path.join(modules, 'node-for-code-server/bin/node');
  const common = [
    path.join(modules, 'code-server/out/node/entry.js'),
    ...['--config', config, '--user-data-dir', data, '--extensions-dir', extensions],
    ...['--disable-telemetry', '--disable-update-check'],
  ];
  const remove = () => fs.rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });

  const install = spawnSync(node, [...common, '--install-extension', vsix], { env, encoding: 'utf8', timeout: 120_000 });
  if (install.status !== 0) {
    remove();
    throw new Error(`could not install ${vsix}: ${install.error ?? ''}${install.stdout}${install.stderr}`);
  }

  const host = `127.0.0.1:${await freePort()}`;
  const log = path.join(home, 'code-server.log');
  const logFile = fs.openSync(log, 'w');
  const args = [...common, '--bind-addr', host, '--disable-proxy', ...(trust ? [] : ['--disable-workspace-trust']), ...serverArgs];
  // A process group of its own, so that closing ends its children too, and nothing else.
  const server = spawn(node, args, { env, stdio: ['ignore', logFile, logFile], detached: true });
  let browser;
  const close = async () => {
    await browser?.close();
    const gone = new Promise((resolve) => server.once('exit', resolve));
    signalGroup(server.pid, 'SIGTERM');
    await Promise.race([gone, pause(3_000)]);
    signalGroup(server.pid, 'SIGKILL');
    fs.closeSync(logFile);
    remove();
  };
  try {
    await until('VS Code answers', 60_000, async () => (await fetch(`http://${host}/healthz`)).ok);
    browser = await chromium.launch({
      executablePath: browserPath(),
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
    });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    return { home, host, page, extensions, close, log: () => fs.readFileSync(log, 'utf8') };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Runs a CommonJS module that exports `run(): Promise` inside VS Code's extension host, where `require('vscode')` is
 * the real thing, against the installed package. Gives back the lines it logged with the prefix "[test] ".
 */
export async function runInHost({ folder, tests, timeout = 180_000, ...options }) {
  // Without this driver a built workbench ignores the module, without a word.
  const vs = await launch({ ...options, serverArgs: ['--vscode-option', 'enable-smoke-test-driver'] });
  try {
    const lines = [];
    let finish;
    const finished = new Promise((resolve) => { finish = resolve; });
    await vs.page.exposeFunction('codeAutomationLog', (_type, args) => {
      const line = String(args[0]);
      if (line.startsWith('[test] ')) lines.push(line.slice('[test] '.length));
    });
    await vs.page.exposeFunction('codeAutomationExit', (code) => finish(code === 0 ? 'passed' : 'failed'));
    const installed = fs.readdirSync(vs.extensions).find((name) => name.startsWith('flow-sentry.'));
    const remote = (file) => `vscode-remote://${vs.host}${path.resolve(file)}`;
    const payload = [
      ['extensionDevelopmentPath', remote(path.join(vs.extensions, installed))],
      ['extensionTestsPath', remote(tests)],
      ['skipWelcome', 'true'],
    ];
    await vs.page.goto(`http://${vs.host}/?${new URLSearchParams({ folder, payload: JSON.stringify(payload) })}`);
    const outcome = await Promise.race([finished, pause(timeout).then(() => `nothing heard for ${timeout} ms`)]);
    return { outcome, lines };
  } finally {
    await vs.close();
  }
}

/** Opens `folder` and gives helpers that drive the workbench as a person would. */
export async function openWorkbench({ folder, ...options }) {
  const vs = await launch(options);
  const { page } = vs;
  try {
    await page.goto(`http://${vs.host}/?${new URLSearchParams({ folder })}`);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 90_000 });
  } catch (error) {
    await vs.close();
    throw error;
  }
  const quickInput = page.locator('.quick-input-widget');
  const type = (text) => quickInput.locator('input.input').fill(text);
  // Enter takes the focused row; before that row shows the text, the list is still being filled.
  const accept = async (text) => {
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).first().waitFor();
    await page.keyboard.press('Enter');
    await quickInput.waitFor({ state: 'hidden' });
  };
  const command = async (title) => {
    await page.keyboard.press('F1');
    await type(`>${title}`);
    await accept(title);
  };
  const goto = async (line, column = 1) => {
    await page.keyboard.press('Control+G');
    await type(`:${line}:${column}`);
    await accept(String(line));
  };
  const openFile = async (name, line = 1, column = 1) => {
    await page.keyboard.press('Control+P');
    await type(name);
    await accept(name);
    await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await page.locator('.editor-instance .monaco-editor .view-line').first().waitFor();
    await goto(line, column);
  };
  const problemRow = (text) => page.locator('.markers-panel .monaco-list-row[aria-level="2"]', { hasText: text }).first();
  return {
    ...vs,
    command,
    goto,
    openFile,
    /** Waits until Problems has a row with this text or, with `gone`, none. */
    async problem(text, { gone = false } = {}) {
      await command('Problems: Focus on Problems View'); // Ctrl+Shift+M would close an open one
      await problemRow(text).waitFor({ state: gone ? 'detached' : 'visible' });
    },
    async focusEditor() {
      await command('View: Focus Active Editor Group');
    },
    async save() {
      await command('File: Save All Files');
      await page.locator('.tab.dirty').first().waitFor({ state: 'detached' });
    },
    screenshot: (file) => page.screenshot({ path: file }),
  };
}

function browserPath() {
  const names = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'].filter(Boolean);
  const folders = process.env.PATH.split(path.delimiter);
  const found = names.flatMap((name) => folders.map((folder) => path.resolve(folder, name))).find((file) => fs.existsSync(file));
  if (found === undefined) throw new Error('no Chromium found; run tests/vscode/install.sh');
  return found;
}

function writeJson(file, value) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, JSON.stringify(value, null, 2));
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // already gone
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const socket = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref());

async function until(what, ms, probe) {
  const end = Date.now() + ms;
  for (;;) {
    if (await probe().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`waited ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
