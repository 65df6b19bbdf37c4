import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unwrapError } from '../../../src/core/agents/agentError.ts';
import { inertText } from '../../../src/core/base/redact.ts';
import { TOO_MANY } from '../kimiCodeBurst.ts';

const GAP_MS = 30 * 60_000;
/** Elements that load, run or lead away; the page of the panel makes none of them. */
const FOREIGN =
  'img, iframe, object, embed, base, form, svg:not(.icon, .ledger-sign, .ledger-chart > *), math, style, template, video, source, meta[http-equiv=refresh]';

/**
 * Logs of Kimi Code in which each payload is the text of a failure: in a session of its own,
 * `session_<index>`, and half an hour from the others, so that each is an incident of its own.
 */
export async function writeHostileLogs(home: string, payloads: readonly string[]): Promise<void> {
  const now = Date.now();
  await Promise.all(
    payloads.map(async (payload, index) => {
      const folder = path.join(home, '.kimi-code/sessions/wd_hostile', `session_${index}`, 'logs');
      await mkdir(folder, { recursive: true });
      const at = new Date(now - (index + 1) * GAP_MS).toISOString();
      const message = JSON.stringify(`429 ${saidWith(payload)}`);
      await writeFile(
        path.join(folder, 'kimi-code.log'),
        `${at} WARN  llm request failed  turnStep=0.1 model=kimi-code/k errorName=APIProviderRateLimitError errorMessage=${message} statusCode=429\n`,
      );
    }),
  );
}

/** A page of markup alone is read as one, and of control characters alone nothing is kept. */
const saidWith = (payload: string): string =>
  inertText(unwrapError(payload).text).trim() === '' ? `${TOO_MANY} ${payload}` : payload;

/** Whether a text that is shown has all of a payload that can be shown. */
export function isSeenIn(shown: string, payload: string): boolean {
  return squeezed(shown).includes(squeezed(inertText(payload)));
}

const squeezed = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What one incident was on the page. */
export interface SeenIncident {
  readonly id: string;
  readonly original: string;
  readonly hrefs: readonly string[];
  /** Elements that the page did not create, at this moment. */
  readonly foreign: number;
}

/**
 * A script for the page of the panel: opens every incident by pressing its row, and presses each
 * link in it if wanted. Gives `SeenIncident[]`.
 */
export const seeAll = ({ pressesLinks }: { pressesLinks: boolean }): string => `(async () => {
  const until = async find => {
    for (let tries = 0; tries < 50_000; tries++) {
      const found = find();
      if (found) return found;
      await new Promise(resolve => setTimeout(resolve, 2));
    }
    throw new Error('Not there: ' + find);
  };
  const keyed = key => document.querySelector('[data-key=' + CSS.escape(key) + ']');
  const detail = document.querySelector('.detail');
  const rows = [...document.querySelectorAll('.incident')].map(it => it.dataset.key);
  const seen = [];
  for (const key of rows) {
    const id = key.slice('incident '.length);
    keyed(key).click();
    await until(() => detail.querySelector('[data-key^=' + CSS.escape('log ' + id + ' ') + ']'));
    const text = detail.querySelector('.original');
    const links = [...detail.querySelectorAll('a')];
    if (${pressesLinks}) for (const link of links) link.click();
    seen.push({
      id,
      original: text.checkVisibility() ? text.textContent : '',
      hrefs: links.map(it => it.getAttribute('href')),
      foreign: document.body.querySelectorAll(${JSON.stringify(FOREIGN)}).length,
    });
  }
  return seen;
})()`;
