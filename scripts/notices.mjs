// The packages in a bundle, and the notice with their licenses.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * @typedef {object} BundledPackage
 * @property {string} name
 * @property {string} version
 * @property {string} license SPDX expression
 * @property {string} folder below the checkout
 */

const MODULES = 'node_modules/';
const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;
const RULE = '-'.repeat(80);

/**
 * The packages that the inputs of esbuild's metafile come from, by name.
 * @param {Iterable<string>} inputs @returns {Promise<BundledPackage[]>}
 */
export async function bundledPackages(inputs) {
  const folders = new Set();
  for (const input of inputs) {
    const at = input.lastIndexOf(MODULES);
    if (at < 0) continue;
    const [first = '', second = ''] = input.slice(at + MODULES.length).split('/');
    const name = first.startsWith('@') ? `${first}/${second}` : first;
    folders.add(input.slice(0, at + MODULES.length) + name);
  }
  const packages = await Promise.all(
    [...folders].map(async folder => {
      const text = await readFile(path.join(folder, 'package.json'), 'utf8');
      const { name, version, license } = JSON.parse(text);
      if (typeof license !== 'string') throw new Error(`${folder}: no license`);
      return { name, version, license, folder };
    }),
  );
  /** @param {BundledPackage} it */
  const key = it => `${it.name}@${it.version}`;
  return packages.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** @param {BundledPackage} bundled */
async function noticeOf({ name, version, license, folder }) {
  const files = (await readdir(folder)).filter(file => LICENSE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map(file => readFile(path.join(folder, file), 'utf8')));
  const words = texts.map(text => text.replaceAll('\r\n', '\n').trim());
  return [`${name} ${version} (${license})`, ...words].join('\n\n');
}

/**
 * Writes one text with the licenses of all packages, the same for the same packages.
 * @param {string} file @param {readonly BundledPackage[]} packages
 */
export async function writeNotices(file, packages) {
  const notices = await Promise.all(packages.map(noticeOf));
  const head = 'Kimi Quota contains the following third-party software.';
  await writeFile(file, `${[head, ...notices].join(`\n\n${RULE}\n\n`)}\n`);
}
