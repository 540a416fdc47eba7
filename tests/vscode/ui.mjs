// What a person sees: the workbench operated by mouse and keyboard, with a picture of every step.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { openWorkbench } from './driver.mjs';
import { identity } from './identity.mjs';
import { place, until } from './support.mjs';

const parent = 'Expensereportsubmitted-3F6C1B52-7D0E-EF11-9F8A-6045BD0A41C7.json';
const flow = 'Dailyexpensesummary-C5D07E36-810E-EF11-9F8A-6045BD0A41C7.json';

/** Each run gets a fresh copy of the sample; `check(name, step)` counts one check. */
export async function uiRuns({ vsix, sample, company, pictures, check }) {
  await editing({ vsix, folder: sample(), pictures, check });
  await views({ vsix, folder: sample(), pictures, check });
  await identity({ vsix, folder: company(), pictures, check });
  await untrusted({ vsix, folder: sample(), pictures, check });
  await withoutServer({ vsix, folder: sample(), pictures, check });
}

async function editing({ vsix, folder, pictures, check }) {
  const vs = await openWorkbench({ vsix, folder });
  const { page } = vs;
  const picture = (name) => vs.screenshot(path.join(pictures, `${name}.png`));
  const file = path.join(folder, 'solution/src/Workflows', flow);
  const misspelled = place(file, 'formatDateTme');
  const squiggle = page.locator('.editor-instance .squiggly-error').first();
  try {
    await check('Problems lists findings before any file is open', async () => {
      await vs.problem('con_ContosoSharePoint');
      await picture('1-problems-of-closed-files');
    });
    await check('the misspelled function is underlined in the editor', async () => {
      await vs.openFile(flow, misspelled.line, misspelled.column);
      await squiggle.waitFor();
      await picture('2-squiggle');
    });
    await check('the status item tells the version of the running server', async () => {
      await page.locator('.statusbar-item[id*="languageStatus"], .statusbar-item[id="status.languageStatus"]').first().click();
      const item = page.locator('.hover-language-status', { hasText: /Flow Sentry \d+\.\d+/ }).first();
      await item.waitFor();
      await picture('3-status');
      await page.keyboard.press('Escape');
    });
    await check('hover shows the finding and what the server knows', async () => {
      await vs.focusEditor();
      await vs.goto(misspelled.line, misspelled.column);
      await vs.command('Show or Focus Hover');
      const hover = page.locator('.monaco-hover:visible', { hasText: 'unknown-function' }).first();
      await hover.waitFor();
      await picture('4-hover');
      await page.keyboard.press('Escape');
    });
    await check('Ctrl+. offers the fix, Enter applies it, the underline goes, the file is right', async () => {
      await vs.focusEditor();
      await vs.goto(misspelled.line, misspelled.column);
      await page.keyboard.press('Control+.');
      const menu = page.locator('.action-widget:visible');
      await menu.getByText('formatDateTime').first().waitFor();
      await picture('5-quick-fix');
      await page.keyboard.press('Enter');
      await vs.problem('formatDateTme', { gone: true });
      await vs.save();
      const text = fs.readFileSync(file, 'utf8');
      assert.ok(text.includes('formatDateTime(utcNow()') && !text.includes('formatDateTme'));
      await picture('6-fixed');
    });
    await check('Show Version tells both versions', async () => {
      await vs.command('Flow Sentry: Show Version');
      await page.locator('.notification-toast', { hasText: /extension \d+\.\d+\.\d+, server \d+\.\d+/ }).waitFor();
      await picture('7-version');
    });
  } finally {
    await picture('last').catch(() => {});
    await vs.close();
  }
}

export async function views({ vsix, folder, pictures, check }) {
  // Two editors side by side need room.
  const vs = await openWorkbench({ vsix, folder, settings: { 'workbench.sideBar.location': 'left', 'editor.wordWrap': 'off' } });
  const { page } = vs;
  const picture = (name) => vs.screenshot(path.join(pictures, `${name}.png`));
  const file = path.join(folder, 'solution/src/Workflows', parent);
  const line = (text) => page.locator('.editor-instance .view-line', { hasText: text }).first();
  try {
    await check('names stand beside connection keys and ids of flows', async () => {
      const at = place(file, 'workflowReferenceName');
      await vs.openFile(parent, at.line, at.column);
      await line('workflowReferenceName').getByText('Notify approver').waitFor();
      await picture('11-hints');
    });
    await check('the parts of an expression have colours of their own', () => coloured(page));
    await check('a line above a connection reference tells who uses it, and a click shows where', async () => {
      await vs.openFile('Customizations.xml', 14, 1);
      const lens = page.locator('.codelens-decoration', { hasText: 'used by 2 flows' }).first();
      await lens.waitFor();
      await picture('12-lenses');
      await lens.locator('a').click();
      await page.locator('.zone-widget .reference-zone-widget, .zone-widget').first().waitFor();
      await picture('13-references');
      await page.keyboard.press('Escape');
    });
    await check('F2 renames a step in its name, in expressions and in what runs after it', async () => {
      const at = place(file, '"Report_details": {');
      await vs.openFile(parent, at.line, at.column);
      await page.keyboard.press('F2');
      const box = page.locator('.monaco-editor.rename-box input, .rename-box input').first();
      await box.waitFor();
      assert.equal(await box.inputValue(), 'Report_details');
      await picture('16-rename');
      await box.fill('Details');
      await page.keyboard.press('Enter');
      await page.locator('.tab.dirty').first().waitFor();
      await vs.save();
      const text = fs.readFileSync(file, 'utf8');
      assert.ok(!text.includes('Report_details') && text.includes("@outputs('Details')?['title']") && text.includes('"Details": ['));
    });
    await check('typing an expression shows the parameters and offers what ran before', async () => {
      const at = place(file, '"text_1": "@');
      await vs.openFile(parent, at.line, at.column - 2 + '"text_1": "@'.length);
      await page.keyboard.type('concat(', { delay: 30 });
      await page.locator('.parameter-hints-widget.visible', { hasText: 'concat(text1, [text…]) → string' }).waitFor();
      await picture('17-parameters');
      await page.keyboard.type("outputs('", { delay: 30 });
      const offers = page.locator('.suggest-widget.visible');
      await offers.locator('.monaco-list-row', { hasText: 'Get_employee' }).first().waitFor();
      await picture('18-names');
      await page.keyboard.type('Get_e', { delay: 30 });
      await page.keyboard.press('Enter');
      await offers.waitFor({ state: 'hidden' });
      await page.keyboard.type("?['", { delay: 30 });
      await offers.locator('.monaco-list-row', { hasText: 'body/con_manageremail' }).first().waitFor();
      await picture('19-properties');
      await page.keyboard.type('body/con_m', { delay: 30 });
      await page.keyboard.press('Enter');
      await page.keyboard.type(', ');
      await vs.save();
      const text = fs.readFileSync(file, 'utf8');
      assert.ok(text.includes("\"@concat(outputs('Get_employee')?['body/con_manageremail'], outputs('"), text.split('\n')[at.line - 1]);
    });
    await check('the side editor shows the expression over several lines, and saving writes it back', async () => {
      const at = place(file, 'Approved for @{');
      await vs.openFile(parent, at.line, at.column + 20);
      await vs.command('Flow Sentry: Edit Expression in Side Editor');
      await page.locator('.tab.active[data-resource-name$=".flowexpression"]').waitFor();
      await page.keyboard.press('Control+A');
      await page.keyboard.type("toUpper(outputs('Get_employee')?['body/con_name'])");
      await picture('14-side-editor');
      await page.keyboard.press('Control+S');
      await page.locator('.tab.dirty').first().waitFor({ state: 'detached' });
      await until('the file', () => fs.readFileSync(file, 'utf8').includes("Approved for @{toUpper(outputs('Get_employee')?['body/con_name'])}: not"));
      await picture('15-side-editor-saved');
      assert.equal(await page.locator('.notification-toast').count(), 0, 'nothing is said about what was wanted');
    });
  } finally {
    await picture('last-views').catch(() => {});
    await vs.close();
  }
}

/** Function, action and the JSON around them differ in the line that names con_manageremail. */
async function coloured(page) {
  const expression = page.locator('.editor-instance .view-line', { hasText: "con_manageremail']" }).first();
  await expression.waitFor();
  const colour = (text) => expression.locator('span span', { hasText: text }).last().evaluate((node) => getComputedStyle(node).color);
  const colours = [await colour('outputs'), await colour('Get_employee'), await colour('email')];
  assert.equal(new Set(colours).size, 3, colours.join(', '));
}

async function untrusted({ vsix, folder, pictures, check }) {
  const vs = await openWorkbench({ vsix, folder, trust: true });
  try {
    await check('an untrusted folder is checked too', async () => {
      await vs.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
      await vs.problem('con_ContosoSharePoint');
      await vs.screenshot(path.join(pictures, '8-untrusted.png'));
    });
  } finally {
    await vs.close();
  }
}

export async function withoutServer({ vsix, folder, pictures, check }) {
  const vs = await openWorkbench({ vsix, folder, machineSettings: { 'flowsentry.server.path': '/nonexistent/flowsentry' } });
  try {
    await check('a server that is not there is said, with something to do about it, and expressions have their colours', async () => {
      const message = vs.page.locator('.notification-toast', { hasText: '/nonexistent/flowsentry' });
      await message.waitFor();
      await vs.screenshot(path.join(pictures, '9-missing-server.png'));
      for (const button of ['Restart Server', 'Show Output', 'Set Server Path']) {
        await message.getByRole('button', { name: button }).waitFor();
      }
      const at = place(path.join(folder, 'solution/src/Workflows', parent), "con_manageremail']");
      await vs.openFile(parent, at.line, at.column);
      await coloured(vs.page);
      await message.getByRole('button', { name: 'Set Server Path' }).click();
      await vs.page.locator('.settings-editor .setting-item-contents', { hasText: 'Server: Path' }).first().waitFor();
      await vs.screenshot(path.join(pictures, '10-server-path-setting.png'));
    });
  } finally {
    await vs.close();
  }
}
