// What asks for keys, and finds them: a file of its own, since it is needed once in a long while.
export { importKey } from './importKey.ts';
export { removeApiKey } from './removeApiKey.ts';
export { setApiKey } from './setApiKey.ts';
