// Whose account is it: what a reviewer sees of a company of three solutions, operated by mouse and keyboard.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { openWorkbench } from './driver.mjs';
import { place, until } from './support.mjs';

export async function identity({ vsix, folder, pictures, check }) {
  const vs = await openWorkbench({ vsix, folder, settings: { 'editor.wordWrap': 'off' } });
  const { page } = vs;
  const picture = (name) => vs.screenshot(path.join(pictures, `${name}.png`));
  const plan = path.join(folder, 'flowsentry.jsonc');
  try {
    await check('a person\'s account is among the problems of the company', async () => {
      await vs.command('Problems: Focus on Problems View');
      // The list draws only what fits; the filter brings the row there.
      const filter = page.locator('.part.panel input[placeholder^="Filter"]').first();
      await filter.fill('nina.falk');
      await vs.problem('nina.falk@brightwater.example');
      await picture('20-accounts-in-problems');
      await filter.fill('');
      // Room for what follows.
      await vs.command('View: Toggle Panel Visibility');
    });
    await check('hover on an account of the plan tells what it reaches and what stops without it', async () => {
      const at = place(plan, '"4b1c0a6e-2f07-4d7e-9a51-0c5d1f3e8a01"');
      await vs.openFile('flowsentry.jsonc', at.line, at.column);
      await vs.command('Show or Focus Hover');
      const hover = page.locator('.monaco-hover:visible', { hasText: 'Stands behind' }).first();
      await hover.waitFor();
      const text = await hover.innerText();
      assert.match(text, /metering/);
      assert.match(text, /Reaches \d+ flows/);
      assert.match(text, /Without it: \d+ flows stop/);
      await picture('21-account');
      await page.keyboard.press('Escape');
    });
    await check('a line above a connection reference tells what its account reaches', async () => {
      await page.keyboard.press('Escape');
      const file = path.join(folder, 'solutions/metering/Other/Customizations.xml');
      const at = place(file, '<connectionreference ');
      await openPath(vs, 'solutions/metering/Other/Customizations.xml', at);
      const lens = page.locator('.codelens-decoration', { hasText: /reaches \d+ flows?, \d+ connectors?/ }).first();
      await lens.waitFor();
      await picture('22-reach-lens');
    });
    await check('Show Security Report shows the page in a tab, with its map, and it can be saved', async () => {
      await vs.command('Flow Sentry: Show Security Report');
      const report = page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
      await report.locator('h1', { hasText: 'Flow security report' }).waitFor();
      await report.locator('svg').first().waitFor();
      const box = await report.locator('svg').first().boundingBox();
      assert.ok(box.width > 300 && box.height > 200, `the map is ${box.width} by ${box.height}`);
      await picture('23-report');
      const chapter = report.locator('h2', { hasText: 'Least privilege' });
      const isInSight = () => chapter.evaluate((heading) => {
        const { top, bottom } = heading.getBoundingClientRect();
        return top >= 0 && bottom <= heading.ownerDocument.defaultView.innerHeight;
      });
      assert.ok(!(await isInSight()), 'the chapter is further down');
      await report.locator('nav a', { hasText: 'Least privilege' }).click();
      await until('the chapter in sight', isInSight);
      await picture('24-report-jumped');
      const button = (title) => page.locator(`.editor-actions .action-label[aria-label*="${title}"]`).first();
      await button('Show Security Report').waitFor();
      const saved = path.join(folder, 'review.html');
      await button('Save Security Report').click();
      await page.locator('.quick-input-widget input.input').fill(saved);
      await page.keyboard.press('Enter');
      await until('the saved page', () => fs.existsSync(saved) && fs.readFileSync(saved, 'utf8').includes('Flow security report'));
    });
    await check('Create Identity Plan writes a plan where none is, and shows it', async () => {
      fs.rmSync(plan);
      await vs.command('View: Close All Editors');
      await vs.command('Flow Sentry: Create Identity Plan');
      await page.locator('.tab.active[data-resource-name="flowsentry.jsonc"]').waitFor();
      await until('the plan on the disk', () => fs.existsSync(plan) && fs.readFileSync(plan, 'utf8').includes('"accounts"'));
      await picture('25-identity-plan');
      const text = fs.readFileSync(plan, 'utf8');
      assert.match(text, /"references"/);
    });
  } finally {
    await picture('last-identity').catch(() => {});
    await vs.close();
  }
}

/** Several solutions have a file of one name: this one is chosen by its path. */
async function openPath(vs, file, { line, column }) {
  const { page } = vs;
  const quickInput = page.locator('.quick-input-widget');
  await page.keyboard.press('Control+P');
  await quickInput.locator('input.input').fill(file);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: path.basename(file) }).first().waitFor();
  await page.keyboard.press('Enter');
  await quickInput.waitFor({ state: 'hidden' });
  await page.locator(`.tab.active[data-resource-name="${path.basename(file)}"]`).waitFor();
  await vs.goto(line, column);
}
