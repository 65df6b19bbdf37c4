import assert from 'node:assert/strict';
import type { Surroundings } from '../../../src/core/agents/agent.ts';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { copilotChat } from '../../../src/core/agents/copilotChat.ts';
import { isAnswer } from '../../../src/core/agents/signal.ts';
import { failed, fixtureLines, readAs, readRestarting } from '../../support/agentLogs.ts';
import { failuresOf } from '../../support/realLogs.ts';

const PATH =
  '/h/.config/Code/logs/20261130T193000/window1/exthost/GitHub.copilot-chat/GitHub Copilot Chat.log';
const FILE = { relativePath: PATH.replace('/h/.config/Code/logs/', ''), format: 'log' };
const read = (...lines: string[]) => readAs(copilotChat, PATH, lines);

const QUOTA =
  '{"error":{"message":"You\'ve reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota","type":"access_terminated_error"}}';
const line = (second: number, level: string, text: string) =>
  `2026-11-30 19:33:${String(second).padStart(2, '0')}.945 [${level}] ${text}`;
const rejected = (second: number, status: number, body: string) =>
  line(second, 'error', `Server error: ${status} ${body}`);
const ended = (second: number, result: string, model: string) =>
  line(
    second,
    'info',
    `ccreq:0a1b2c3d.copilotmd | ${result} | ${model} | 230ms | [panel/editAgent]`,
  );

describe('copilotChat (from source, not observed)', () => {
  const lines = fixtureLines('copilot-chat/chat.log');

  it('a request that Kimi rejects, with text, status and the model of the next line', () => {
    const [failure, ...others] = failuresOf(read(...lines));
    assert.ok(failure && others.length === 0);
    assert.deepEqual(
      [failure.status, failure.errorType, failure.model, failure.isFinal],
      [403, 'access_terminated_error', 'kimi-for-coding', true],
    );
    assert.ok(failure.text.startsWith("You've reached your 5-hour usage limit."));
    assert.equal(attribute(failure).provider, 'kimi-code');
    assert.equal(failure.at, new Date(2026, 10, 30, 19, 33, 5, 945).getTime());
  });

  it('the same where each line is read after a restart', () =>
    assert.deepEqual(readRestarting(copilotChat, FILE, lines).signals, read(...lines)));

  it('a later response of the model is one, a response of another model is none', () => {
    const answers = (...more: string[]) => read(...lines.slice(0, 4), ...more).filter(isAnswer);
    assert.equal(answers(ended(40, 'success', 'kimi-for-coding')).length, 1);
    assert.equal(answers(ended(40, 'success', 'gpt-5')).length, 0);
    assert.equal(read(ended(40, 'success', 'kimi-for-coding')).length, 0);
  });

  it('two rejections in one millisecond are two', () =>
    assert.equal(failed(read(rejected(5, 403, QUOTA), rejected(5, 403, QUOTA))).length, 2));

  it('lines with an anchor are enough', () => {
    const { failureAnchors } = copilotChat;
    const some = lines.filter(it => failureAnchors.some(anchor => it.includes(anchor)));
    assert.deepEqual(read(...some), read(...lines));
  });

  const none: [fact: string, line: string][] = [
    [
      "GitHub's own limit",
      rejected(5, 429, '{"error":{"message":"Sorry, you have been rate-limited."}}'),
    ],
    ['a bare status', rejected(5, 502, '')],
    ['a quotation at another level', line(5, 'info', `Server error: 403 ${QUOTA}`)],
    ['a failed request of GitHub', ended(5, 'failed', 'gpt-5')],
  ];
  for (const [fact, text] of none) it(`${fact} is none`, () => assert.deepEqual(read(text), []));
});

describe('copilotChat: places', () => {
  const linux: Surroundings = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} };
  for (const [here, root] of [
    [linux, '/h/.config/Code/logs'],
    [linux, '/h/.vscode-server/data/logs'],
    [
      { ...linux, home: '/Users/me', platform: 'darwin' },
      '/Users/me/Library/Application Support/Code/logs',
    ],
    [{ ...linux, home: 'C:\\h', platform: 'win32' }, 'C:\\h\\AppData\\Roaming\\Code\\logs'],
    [{ ...linux, editorStorage: '/data/User/globalStorage' }, '/data/logs'],
  ] as const)
    it(root, () => assert.ok(copilotChat.sources(here).some(source => source.root === root)));

  const [source = assert.fail()] = copilotChat.sources(linux);
  for (const [path, isRead] of [
    ['20261130T193000/window1/exthost/GitHub.copilot-chat/GitHub Copilot Chat.log', true],
    ['20261130T193000/exthost1/GitHub.copilot-chat/GitHub Copilot Chat.log', true],
    ['20261130T193000/window1/exthost/exthost.log', false],
    ['20261130T193000/window1/exthost/seed.kimi-quota/Kimi Quota.log', false],
  ] as const)
    it(`${path} is ${isRead ? 'read' : 'not read'}`, () => {
      assert.equal(source.files.test(path), isRead);
      const folders = path.split('/').slice(0, -1);
      const isEntered = folders.every((_, index) =>
        source.folders?.test(folders.slice(0, index + 1).join('/')),
      );
      if (isRead) assert.ok(isEntered);
    });
});
