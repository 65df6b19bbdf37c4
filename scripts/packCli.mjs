// Makes dist/npm, the package of the command line: `npm run package:cli`, then `npm pack ./dist/npm`.
// It has no dependencies and no install script.
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import manifest from '../package.json' with { type: 'json' };

const { name, version, license, engines } = manifest;
const folder = 'dist/npm';
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await cp('dist/cli', `${folder}/cli`, { recursive: true });
await cp('docs/cli.md', `${folder}/README.md`);
await cp('LICENSE', `${folder}/LICENSE`);
const description = 'Your Kimi quota, and why requests fail, in a terminal';
const bin = { [name]: 'cli/kimi-quota.cjs' };
const own = {
  name,
  version,
  description,
  license,
  type: 'module',
  bin,
  engines: { node: engines.node },
};
await writeFile(`${folder}/package.json`, `${JSON.stringify(own, null, 2)}\n`);
