// Checks that run inside the page; each gives a list of what is wrong. They must not use anything from outside themselves.

/** Whether anything makes the page wider than its window. */
export function layout() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const wide = [...document.body.querySelectorAll('*')].filter((element) => {
    const scrolls = (of) => of && (/(auto|scroll)/.test(getComputedStyle(of).overflowX) || scrolls(of.parentElement));
    return element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement);
  });
  return [`${document.documentElement.scrollWidth} pixels wide in a window of ${width}`, ...wide.map((e) => `${e.tagName}.${e.className} ${e.textContent.slice(0, 60)}`)];
}

/** Whether landmarks, headings, tables, ids and links are as they should be, and nothing can run. */
export function structure() {
  const problems = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const expect = (holds, what) => holds || problems.push(what);
  for (const tag of ['header', 'nav', 'main', 'footer', 'h1']) expect(all(tag).length === 1, `${all(tag).length} <${tag}>`);
  expect(document.documentElement.lang === 'en' && document.title !== '', 'no language or no title');
  expect(all('script, iframe, object, embed, form, link[rel=stylesheet], img, base').length === 0, 'something that loads or runs');
  expect(all('*').every((e) => [...e.attributes].every((a) => !a.name.startsWith('on'))), 'an attribute that runs');
  expect(window.hacked === undefined, 'a name of the workspace ran');
  let before = 1;
  for (const heading of all('h1, h2, h3, h4')) {
    const level = Number(heading.tagName[1]);
    expect(level <= before + 1, `a heading of level ${level} follows one of level ${before}: ${heading.textContent}`);
    expect(heading.textContent.trim() !== '', 'an empty heading');
    before = level;
  }
  const ids = all('[id]').map((element) => element.id);
  expect(new Set(ids).size === ids.length, 'an id is used twice');
  for (const link of all('a[href]')) {
    const href = link.getAttribute('href');
    if (href.startsWith('#')) expect(ids.includes(href.slice(1)), `${href} leads nowhere`);
    else expect(href.startsWith('https://learn.microsoft.com/'), `a link to ${href}`);
    expect(link.textContent.trim() !== '', `a link without words to ${href}`);
  }
  for (const name of all('[aria-labelledby]').flatMap((e) => e.getAttribute('aria-labelledby').split(' '))) expect(ids.includes(name), `no label ${name}`);
  for (const table of all('table')) {
    expect(table.caption?.textContent.trim(), 'a table without a caption');
    expect(table.querySelectorAll('thead th[scope=col]').length > 0, 'a table without heads');
    const columns = table.tHead.rows[0].cells.length;
    expect([...table.tBodies[0].rows].every((row) => row.cells.length === columns), `a ragged table: ${table.caption.textContent}`);
  }
  for (const svg of all('.map > svg')) expect(svg.querySelector('title') && svg.querySelector('desc'), 'a drawing without words');
  return problems;
}

/** Whether all text has the contrast of WCAG AA with what stands behind it. */
export function contrast() {
  const parse = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
    return { r, g, b, a };
  };
  const light = ({ r, g, b }) => {
    const part = (value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.a === 1) return color;
    }
    return { r: 255, g: 255, b: 255 };
  };
  const problems = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || element.closest('title, desc, .skip')) continue;
    const style = getComputedStyle(element);
    const drawn = element.closest('svg');
    const color = parse(drawn ? style.fill : style.color);
    const box = drawn && element.parentElement.querySelector('.box');
    const behind = box ? parse(getComputedStyle(box).fill) : ground(drawn ? drawn.parentElement : element);
    const [a, b] = [light(color), light(behind)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    if ((a + 0.05) / (b + 0.05) < needed) problems.add(`${element.tagName}.${element.getAttribute('class')}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
  }
  return [...problems];
}
