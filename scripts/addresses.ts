/** Stands for the owner of the repository, until it has an address. */
const PLACEHOLDER = '/OWNER/';

/** True: the addresses in the manifest are still to be set. */
export function isPlaceholder(manifest: {
  readonly repository: { readonly url: string };
}): boolean {
  return manifest.repository.url.includes(PLACEHOLDER);
}
