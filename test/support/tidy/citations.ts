import { posix } from 'node:path';
import { filesBelow, readText } from './files.ts';

/** `docs/kimi.md 4.2` or `docs/faults.md E21`: a document and a section or an id in it. */
const CITATION = /docs\/([\w-]+\.md)(?:[\s*/]+(\d+(?:\.\d+)*|[A-Z]\d+)\b)?/g;
const BARE = /(?<!docs\/|[\w/])(?:kimi|agents|faults|measurements|design|style|development)\.md\b/g;

/** What a document has: the numbers of its headings, and the ids that its tables define. */
function anchorsOf(document: string): ReadonlySet<string> {
  const text = readText(`docs/${document}`);
  const headings = [...text.matchAll(/^#{2,5} (\d+(?:\.\d+)*)\.? /gm)].map(([, number]) => number!);
  const ids = [...text.matchAll(/^\| ([A-Z]\d+) +\|/gm)].map(([, id]) => id!);
  return new Set([...headings, ...ids]);
}

/** Every citation in a comment or text that leads to nothing, and every document named without its folder. */
export function brokenCitations(): string[] {
  const documents = new Map(
    filesBelow('docs').map(path => [path.slice('docs/'.length), anchorsOf(path.slice(5))]),
  );
  return [...filesBelow('src'), ...filesBelow('test')]
    .filter(path => path.endsWith('.ts') || path.endsWith('.md'))
    .filter(path => !path.startsWith('test/support/tidy/'))
    .flatMap(path => {
      const text = readText(path);
      const broken = [...text.matchAll(CITATION)]
        .filter(([, document = '', anchor]) => {
          const anchors = documents.get(document);
          return !anchors || (anchor !== undefined && !anchors.has(anchor));
        })
        .map(([citation]) => `${path}: ${citation}`);
      const bare = [...text.matchAll(BARE)].map(([name]) => `${path}: ${name} without docs/`);
      return [...broken, ...bare];
    });
}

const isDocument = (path: string): boolean => /\.(?:md|ya?ml)$/.test(path);

/** Every `npm run NAME` in a document, workflow or comment that `package.json` doesn't have. */
export function unknownScripts(): string[] {
  const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
  return filesBelow('')
    .filter(path => isDocument(path) || /^(?:src|test|scripts)\/.*\.m?[jt]s$/.test(path))
    .flatMap(path =>
      [...readText(path).matchAll(/npm run (?:--silent |-s )?([a-z][\w:-]*)/g)]
        .filter(([, name = '']) => !(name.replace(/:$/, '') in scripts))
        .map(([command]) => `${path}: ${command}`),
    );
}

/** Every relative link of a Markdown file that leads to no file. */
export function brokenLinks(): string[] {
  const files = new Set(filesBelow(''));
  const folders = new Set([...files].map(path => posix.dirname(path)));
  return [...files]
    .filter(path => path.endsWith('.md') && !path.startsWith('test/fixtures/'))
    .flatMap(path =>
      [...readText(path).matchAll(/\]\((?!\w+:|#)([^)\s#]+)/g)]
        .map(([, link = '']) => posix.join(posix.dirname(path), link))
        .filter(target => !files.has(target) && !folders.has(target.replace(/\/$/, '')))
        .map(target => `${path}: ${target}`),
    );
}
