// A file of its own in the package: two bundles load it (esbuild.mjs).
export { Agent, EnvHttpProxyAgent, fetch } from 'undici';
