// node hostile.mjs FROM TO: a copy of a solution whose names try to become markup, to run, and to break the layout.
import fs from 'node:fs';
import path from 'node:path';

const [from, to] = process.argv.slice(2);
fs.cpSync(from, to, { recursive: true });

const script = '"><script>window.hacked=1</script><img src=x onerror="window.hacked=1">';
const endless = 'W'.repeat(400);
const turned = 'flow\u202egnp.exe \u0000 ##vso[task.setvariable variable=x]y';

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;').replace(/\u0000/g, '');
const names = [script, endless, turned];

function* files(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(file);
    else yield file;
  }
}

const edit = (file, change) => fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));
let next = 0;
for (const file of files(to)) {
  if (file.endsWith('.data.xml')) {
    const name = escaped(names[next++ % names.length]);
    edit(file, (text) => text.replace(/ Name="[^"]*"/, () => ` Name="${name}"`));
  } else if (file.endsWith('Customizations.xml')) {
    edit(file, (text) =>
      text.replace(/<connectionreferencedisplayname>[^<]*/g, () => `<connectionreferencedisplayname>${escaped(names[next++ % names.length])}`),
    );
  } else if (file.endsWith('connections.json')) {
    const account = JSON.stringify(`svc-${script}${endless}@contoso.com`);
    edit(file, (text) => text.replace(/"accountName": "svc-[^"]*"/g, () => `"accountName": ${account}`));
  } else if (/Workflows.*\.json$/.test(file)) {
    edit(file, (text) => text.replace(/"entityName": "[^"]*"/, () => `"entityName": ${JSON.stringify(script.slice(0, 120))}`));
  }
}
