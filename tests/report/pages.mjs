// node pages.mjs BROWSER PICTURES PAGE…: what holds for every report, wide and narrow, light and dark; one line a check.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Browser } from './browser.mjs';
import { contrast, layout, structure } from './checks.mjs';

const [program, pictures, ...pages] = process.argv.slice(2);
const views = [
  { name: '1280', width: 1280, height: 900, dark: false },
  { name: '1280-dark', width: 1280, height: 900, dark: true },
  { name: '390', width: 390, height: 844, dark: false },
  { name: '390-dark', width: 390, height: 844, dark: true },
];
let passed = 0;
let failed = 0;

function check(name, problems) {
  if (problems.length === 0) {
    passed++;
    console.log(`ok   ${name}`);
  } else {
    failed++;
    console.log(`FAIL ${name}\n     ${problems.slice(0, 8).join('\n     ')}`);
  }
}

const browser = new Browser(program);
try {
  for (const file of pages) {
    const title = path.basename(file, '.html');
    for (const view of views) {
      const page = await browser.page();
      await page.prepare(view);
      await page.open(pathToFileURL(file).href);
      const name = `${title} at ${view.name}`;
      // Everything unfolded: what is folded is part of the page.
      const folded = await page.picture(false);
      const paper = view === views[0] ? await page.paper() : undefined;
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => {
        details.dataset.was = details.open;
        details.open = true;
      }));
      check(`${name}: nothing runs off the side`, await page.evaluate(layout));
      check(`${name}: text stands out from its ground`, await page.evaluate(contrast));
      if (view === views[0]) {
        check(`${title}: landmarks, headings, tables and links are sound`, await page.evaluate(structure));
        // Nobody can unfold anything on paper.
        const unfolded = await page.paper();
        const whole = paper.length > 10_000 && paper.length > unfolded.length * 0.9;
        check(`${title}: all of it is printed, folded or not`, whole ? [] : [`${paper.length} bytes folded, ${unfolded.length} unfolded`]);
        fs.writeFileSync(path.join(pictures, `${title}.pdf`), paper);
      }
      const others = page.requests.filter((url) => !url.startsWith('data:') && url !== pathToFileURL(file).href);
      check(`${name}: the console is silent and nothing is asked for`, [...page.messages, ...others]);
      fs.writeFileSync(path.join(pictures, `${title}-${view.name}.png`), folded);
      await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = details.dataset.was === 'true')));
      fs.writeFileSync(path.join(pictures, `${title}-${view.name}-whole.png`), await page.picture(true));
    }
  }
} finally {
  await browser.close();
}
console.log(`report: ${passed} passed, ${failed} failed; pictures in ${pictures}`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
