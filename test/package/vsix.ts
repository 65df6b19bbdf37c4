import { fromBufferPromise } from 'yauzl';

/** The files of a package, by their paths in it, in the order in which they are stored. */
export async function readVsix(bytes: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const zip = await fromBufferPromise(bytes);
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    files.set(entry.fileName, Buffer.concat(chunks));
  }
  return files;
}

/** What keys and tokens look like. `vsce` itself stops GitHub's alone, not those of our users. */
const SECRETS = [
  /\bsk-[\w-]{16,}/,
  /\beyJ[\w-]{16,}\.[\w-]{8,}\./,
  /\bgh[opsu]_\w{20,}|\bgithub_pat_\w{20,}/,
  /\bnpm_\w{30,}/,
  /\bBearer [\w.-]{16,}/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
];

/** What in a text looks like a secret. */
export const secretsIn = (text: string): string[] =>
  SECRETS.flatMap(secret => secret.exec(text)?.[0] ?? []);

/** What a file asks for when it runs. */
export const requiredBy = (text: string): string[] =>
  [...text.matchAll(/\b(?:require\(|import\(|import|from)"([\w@./:-]+)"/g)].map(
    ([, target = '']) => target,
  );
