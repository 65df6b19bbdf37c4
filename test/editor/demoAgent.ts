import { setTimeout as pause } from 'node:timers/promises';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';

/** The stand-in's plan allows 20 at once. */
const REQUESTS = 22;
const REFUSED = 6;
const BEGIN_MS = 12_000;
const ANSWER_MS = 10_000;
const AGAIN_MS = 10 * 60_000;

/**
 * A swarm of Kimi Code at work in a demo home: now and then it asks too much at once, and some of it
 * is refused. Ends when `signal` does.
 */
export async function runDemoAgent(home: string, signal: AbortSignal): Promise<void> {
  const burst = new KimiCodeBurst(home);
  try {
    for (let waitMs = BEGIN_MS; ; waitMs = AGAIN_MS) {
      await pause(waitMs, undefined, { signal });
      await burst.start(REQUESTS);
      await burst.fail(REFUSED);
      await pause(ANSWER_MS, undefined, { signal });
      await burst.answer();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
