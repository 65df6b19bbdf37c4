import assert from 'node:assert/strict';
import { sentences } from './support/tidy/sentences.ts';

/** A number, at most two words, then one of these. */
const COUNTED =
  /\{\d\}(?: (?!of |in |or )[a-z-]+){0,2} (?:requests|failures|sessions|sub-agents|tokens|points|logs|agents|tasks|attempts|times|models|machines|days|slots|incidents|reasons|accounts|windows|files|retries)\b/;

/** Sentences whose number is never 1, or that has words of its own for 1: by the words for 1. */
const SINGULAR: Readonly<Record<string, string>> = {
  '{0} requests': '1 request',
  '{0} failures': '1 failure',
  '{0} sessions': '1 session',
  '{0} sub-agents': '1 sub-agent',
  '{0} tokens': '1 token',
  '{0} points': '1 point',
  '{0} logs': '1 log',
  '{0} ongoing incidents': '1 ongoing incident',
  '{0} more sessions and sub-agents': '1 more session or sub-agent',
  'All {0} attempts failed in {1}.': 'The only attempt failed.',
  'Also {0} times in the last 24 hours: {1}.': 'Also once in the last 24 hours: {0}.',
  '{0} requests that started later succeeded.': 'One request that started later succeeded.',
  'Run at most {0} tasks in parallel.': 'Run one task at a time.',
  'Tell Claude Code to use at most {0} sub-agents in parallel.':
    'Tell Claude Code to use one sub-agent at a time.',
  'Start at most {0} agents. {1}.': 'Start one agent. {0}.',
  'Start at most {0} agents. Most parallel slots in use in the last minute: {1}.':
    'Start one agent. Most parallel slots in use in the last minute: {0}.',
  'Start at most {0} agents: no more parallel slots are free.':
    'Start one agent: one parallel slot is free.',
};

/** Sentences that no 1 reaches, and why. */
const NEVER_ONE: Readonly<Record<string, string>> = {
  'At least {0} requests were in flight ({1}; sessions and sub-agents: {2}).': 'guard: count > 1',
  'At least {0} requests were in flight ({1}; sessions and sub-agents: {2}); the limit is {3}.':
    'guard: count > 1',
  '{0} requests were in flight.': 'guard: count > 1',
  '{0} requests were in flight; your plan allows {1}.': 'guard: count > 1',
  '{0} requests failed.': 'guard: count > 1',
  '{1} had {0} requests in flight': 'guard: count > 1',
  '{2} had {0} requests in flight in {1} sessions and sub-agents': 'guard: count > 1',
  '{2} had {0} requests in flight in {1} sessions': 'guard: count > 1',
  'Room for {0} more parallel requests.': 'at least a swarm of 5',
  "{0} keeps retrying a request that can't succeed ({1} times so far).": 'many retries',
  "{0} keeps retrying a request that can't succeed ({1} times so far). {2}.": 'many retries',
  'Kimi: stopped by your guard. {0} requests failed, and retrying cannot succeed.': 'many retries',
  '{0} tries {1} times within about {2} s.': 'a table of 4 and more',
  'Each request reserved up to {0} output tokens; all of them count.': 'thousands',
  'Requests failed after about {0} tokens or more within a minute (including reserved output), and succeeded after fewer.':
    'thousands',
  'Agents on this machine used {0} of the {1} tokens in the last 24 hours.': 'thousands',
  'Agents on this machine used at most {0} of the {1} tokens in the minute before.': 'thousands',
  '1% of the {0} is worth about {1} tokens.': 'thousands',
  'This changed: 1% was worth about {0} tokens in the weeks before, and {1} this week.':
    'thousands',
  '{0} costs {1} times as much as {2}.': 'shown if it costs something else',
  '{0} on other machines': 'the number is of requests',
  'your usage on {0} days': 'fewer than 2 are no range',
  'Show all {0} incidents': 'shown for long lists',
  'Show all {0} reasons': 'shown for more than three',
};

describe('plurals', () => {
  const all = new Set(sentences().map(({ text }) => text));

  it('every sentence that counts something has words for 1', () => {
    const counted = [...all].filter(text => COUNTED.test(text));
    const open = counted.filter(text => !(text in SINGULAR) && !(text in NEVER_ONE));
    assert.deepEqual(open, []);
  });

  it('the words for 1 exist, and no entry is left over', () => {
    const words = [...Object.keys(SINGULAR), ...Object.values(SINGULAR), ...Object.keys(NEVER_ONE)];
    assert.deepEqual(
      words.filter(text => !all.has(text)),
      [],
    );
  });
});
