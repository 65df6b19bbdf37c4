import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { Agent, Surroundings } from '../../src/core/agents/agent.ts';
import { agents } from '../../src/core/agents/agents.ts';
import type { Signal } from '../../src/core/agents/signal.ts';
import { ERROR_CASES } from '../support/errorCases.ts';
import { readLogsOnce } from '../../src/node/logTailer.ts';
import { fixtureLines } from '../support/agentLogs.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { RecordingSink } from '../support/tailFixture.ts';

/** What people and tools write of failures that are none (docs/faults.md, L17). */
const DECOYS: readonly string[] = [
  '142912 tokens used, 88 % of 162429',
  'src/a.ts:429:17 expected 429',
  Buffer.from('429 Too Many Requests, rate_limit_reached_error').toString('base64'),
  'Why do I get "API Error: 429" and isApiErrorMessage":true from Kimi?',
  'call_2eyo0b0ycs429quvuzdehe',
  ...ERROR_CASES.map(({ text }) => text),
];

const TIME = '2026-11-21T21:47:56.568Z';

/** A text as agents log it: in a message, in several transcript formats. */
function messagesOf(text: string): object[] {
  const content = [{ type: 'text', text }];
  return [
    { role: 'user', content: text, timestamp: TIME },
    { role: 'assistant', content, ts: Date.parse(TIME) },
    { type: 'user', timestamp: TIME, sessionId: 's', message: { role: 'user', content } },
    { type: 'assistant', timestamp: TIME, sessionId: 's', message: { id: 'm', content } },
    { type: 'tool_result', timestamp: TIME, toolUseResult: { stdout: text } },
    { type: 'say', say: 'text', ts: Date.parse(TIME), text },
  ];
}

function surroundings(platform: Surroundings['platform']): Surroundings {
  return { home: platform === 'win32' ? 'D:\\u' : '/h', tmp: '/tmp', platform, env: {} };
}

/** `other` logs are those that a user names: whatever looks like a failure there is one. */
const KNOWN = agents.filter(({ id }) => id !== 'other');

describe('LogTailer: decoys', () => {
  const inFolder = useFolder();

  it('L17: text about failures is no failure, in any file of an agent', async () => {
    const messages = DECOYS.flatMap(messagesOf);
    const lines = messages.map(message => JSON.stringify(message));
    // One that is a failure, so that it is seen that they are read.
    const real = fixtureLines('claude-code/finals.jsonl')[0]!;
    writeFileSync(inFolder('append.log'), [...lines, real, ''].join('\n'));
    writeFileSync(inFolder('rewrite.log'), JSON.stringify(messages));
    const found: Signal[] = [];
    for (const agent of KNOWN)
      for (const { growth, format } of agent.sources(surroundings('linux'))) {
        if (growth === 'database') continue;
        const files = growth === 'append' ? /^append/ : /^rewrite/;
        const source = { root: inFolder(), files, depth: 0, growth, format };
        found.push(...(await readOnce({ agent, source }, inFolder())));
      }
    const failures = found.filter(({ kind }) => kind === 'requestFailed');
    assert.deepEqual(
      failures.map(({ agent }) => agent),
      ['claude-code'],
    );
  });

  it('L17: files of the extension are no log of an agent', () => {
    const OWN: Readonly<Record<Surroundings['platform'], readonly string[]>> = {
      linux: ['/h/.config/Code', '/h/.vscode-server/data'],
      darwin: ['/h/Library/Application Support/Code'],
      win32: ['D:\\u\\AppData\\Roaming\\Code'],
    };
    const task =
      '/h/.config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks/1/ui_messages.json';
    assert.ok(KNOWN.some(agent => reads(agent, surroundings('linux'), task)));
    for (const [platform, roots] of Object.entries(OWN) as [Surroundings['platform'], string[]][])
      for (const root of roots)
        for (const name of ['kimi-quota.db', 'kimi-quota.db-wal', 'Kimi Quota.log', 'ticket.md']) {
          for (const below of ['User/globalStorage', 'logs/1/window1/exthost']) {
            const path = [root, below, 'kimi-quota.kimi-quota', name]
              .join('/')
              .replaceAll('\\', '/');
            const readers = KNOWN.filter(agent => reads(agent, surroundings(platform), path));
            assert.deepEqual(readers, [], path);
          }
        }
  });
});

function reads(agent: Agent, from: Surroundings, path: string): boolean {
  return agent.sources(from).some(({ root, files, depth }) => {
    const folder = `${root.replaceAll('\\', '/')}/`;
    const below = path.slice(folder.length);
    return path.startsWith(folder) && files.test(below) && below.split('/').length - 1 <= depth;
  });
}

async function readOnce(
  from: Parameters<typeof readLogsOnce>[0]['sources'][number],
  home: string,
): Promise<Signal[]> {
  const sink = new RecordingSink();
  await readLogsOnce({
    sources: [from],
    clock: new FakeClock(Date.now()),
    log: new FakeLog(),
    sink,
    home,
    since: 0,
    reading: { everyRecord: 'always' },
  });
  return sink.batches.flatMap(({ signals }) => signals.map(({ signal }) => signal));
}
