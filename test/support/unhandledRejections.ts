// Fails the test in which a promise was rejected and nobody handled it: mocha itself lets it pass.
import { setImmediate } from 'node:timers/promises';

const unhandled: unknown[] = [];
process.on('unhandledRejection', reason => unhandled.push(reason));

/** What mocha does around every test. */
export const mochaHooks: Mocha.RootHookObject = {
  async afterEach() {
    // A rejection is called unhandled once the turn is over.
    await setImmediate();
    const [first] = unhandled.splice(0);
    if (first !== undefined) throw new Error('A rejection was not handled', { cause: first });
  },
};
