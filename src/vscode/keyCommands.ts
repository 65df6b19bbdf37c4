// What asks for keys, and finds them: a file of its own, since it is needed once in a long while.
export { importKey } from './importKey.ts';
export { removeApiKey } from './apiKey.ts';
export { setApiKey } from './apiKey.ts';
