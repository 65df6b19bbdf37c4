import assert from 'node:assert/strict';
import {
  parseTerminalCommand,
  TerminalOutput,
  RecentErrors,
} from '../../src/core/agents/terminalOutput.ts';
import { maskLines, redact } from '../../src/core/base/redact.ts';
import { leakIn } from '../support/secrets/shapes.ts';

// Made up for this test; no account has it.
const KEY = `sk-kimi-${'Fake1NotAKey2'.repeat(4)}`;
const MESSAGE = `Error code: 401 - {'error': {'message': 'Incorrect API key provided: ${KEY}. Invalid Authentication', 'type': 'invalid_authentication_error'}}`;
const SECRET = { secrets: [KEY.slice(8)], trace: 10 };

const FRAMES: Readonly<Record<string, (line: string, width: number) => string>> = {
  'a box': (line, width) => `│ ${line.padEnd(width)} │`,
  'a double box': (line, width) => `║ ${line.padEnd(width)} ║`,
  'an ASCII box': (line, width) => `| ${line.padEnd(width)} |`,
  'a quote': line => `> ${line}`,
  'two quotes': line => `> > ${line}`,
  'a bar': line => `┃  ${line}`,
  'a gutter': line => `  12 | ${line}`,
  'a comment': line => `# ${line}`,
  'a list': line => `• ${line}`,
  'the width of the window': line => line,
};

const wrap = (width: number, frame: (line: string, width: number) => string): string =>
  (MESSAGE.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])
    .map(line => frame(line, width))
    .join('\n');

describe('a key that a program wrapped', () => {
  for (const [how, frame] of Object.entries(FRAMES)) {
    it(`by ${how}: no part appears in the error text, at any width`, () => {
      for (let width = 20; width <= 140; width++) {
        const masked = redact(wrap(width, frame));
        assert.equal(leakIn(masked, SECRET), undefined, `${width}: ${masked}`);
      }
    });

    it(`by ${how}: no part appears in the stored terminal error, at any width`, () => {
      for (let width = 20; width <= 140; width++) {
        const output = new TerminalOutput(parseTerminalCommand('kimi')!, new RecentErrors(), 0);
        const text = `${wrap(width, frame).replaceAll('\n', '\r\n')}\r\n`;
        const kept = JSON.stringify([...output.push(text, 1), ...output.flush(2)]);
        assert.equal(leakIn(kept, SECRET), undefined, `${width}: ${kept}`);
      }
    });
  }

  it('does not change the number of lines', () => {
    assert.deepEqual(maskLines(['a sk-kimi-Qz7Xk2Vw', '9Lm4Rt6Yb1', 'Nc8Hd3 b', 'c']), [
      'a sk-…',
      '…',
      '… b',
      'c',
    ]);
    assert.deepEqual(maskLines(['a', '', 'b']), ['a', '', 'b']);
  });
});
