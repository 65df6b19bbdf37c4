import assert from 'node:assert/strict';
import { machineName } from '../../src/core/ticket/machineName.ts';
import type { Explanation } from '../../src/core/explain/explain.ts';
import { english } from '../../src/core/base/format.ts';
import { viewQuota } from '../../src/core/quota/quotaView.ts';
import { readUsages } from '../../src/core/quota/usages.ts';
import { escapeMarkdown } from '../../src/vscode/markdown.ts';
import {
  quotaTooltip,
  trustedMarkdown,
  type TooltipOptions,
} from '../../src/vscode/quotaTooltip.ts';

const now = Date.UTC(2026, 10, 21, 12);
const locale = { language: 'en', timeZone: 'UTC', t: english };

/** The tooltip of a response with one window of this name. */
function tooltipOf(name: string, more: Partial<TooltipOptions> = {}): string {
  const snapshot = readUsages(
    { limits: [{ name, limit: '100', used: '16', resetTime: '2026-11-21T14:05:00Z' }] },
    { at: now, origin: 'https://api.kimi.com' },
  );
  assert.equal(snapshot.kind, 'snapshot');
  const view = viewQuota({ outcome: { kind: 'fresh', snapshot }, snapshot }, now);
  const endpoint = { problem: 'notAUrl' } as const;
  const account = { id: 'kimiCode', endpoint } as const;
  return quotaTooltip([{ account, view }], {
    locale,
    side: 'remaining',
    now,
    activity: {},
    ...more,
  });
}

function troubleOf(cause: string): Explanation {
  return {
    title: 'Too many parallel requests',
    short: 'parallel limit · retry now',
    cause,
    certainty: 'likely',
    evidence: [],
    retry: 'You can retry now.',
    steps: [{ text: 'Run fewer tasks.' }, { text: 'Upgrade.' }],
    links: [],
    original: '',
  };
}

describe('quotaTooltip', () => {
  it('is a table with a bar, the share, the reset in local time and the countdown', () => {
    const row = tooltipOf('Daily')
      .split('\n')
      .find(line => line.includes('Daily'));
    assert.equal(
      row,
      '| Daily | `████████░░` | 84% left | &nbsp; 14\\:05 UTC \\(in 2 h 5 min\\) |',
    );
  });

  const hostile = [
    '[click](command:workbench.action.terminal.new)',
    '<img src=x onerror=alert(1)>',
    '$(trash) gone',
    '| a | b |\n| c |',
    '`code` **bold** https://evil.example',
  ];
  for (const name of hostile) {
    it(`escapes ${JSON.stringify(name)}`, () => {
      const tooltip = tooltipOf(name);
      const links = [...tooltip.matchAll(/\]\(([^)]+)\)/g)].map(match => match[1]);
      assert.deepEqual(links, [
        'command:kimiQuota.refresh',
        'command:kimiQuota.setApiKey',
        'command:kimiQuota.openConsole',
      ]);
      assert.ok(!/<|https?:\/\/evil|\$\(trash/.test(tooltip), tooltip);
    });
  }

  it('names a remote machine, as inert text', () => {
    assert.ok(!tooltipOf('Daily').includes('Data from'));
    const fact = 'Data from build\\-box \\(SSH\\)';
    assert.ok(
      tooltipOf('Daily', { machine: machineName('build-box', 'ssh-remote') }).includes(fact),
    );
    assert.ok(!tooltipOf('Daily', { machine: '<b>[x](command:y)' }).includes('](command:y)'));
  });

  it('starts with the current incident, its first step and a link', () => {
    const [first = ''] = tooltipOf('Daily', { trouble: troubleOf('Too many at once.') }).split(
      '\n\n---\n\n',
    );
    assert.equal(
      first,
      [
        '**Too many parallel requests**',
        'Too many at once\\.  \nYou can retry now\\.  \nRun fewer tasks\\.',
        '[$(info) Explain Last Error](command:kimiQuota.explainLastError)',
      ].join('\n\n'),
    );
  });

  for (const words of hostile)
    it(`escapes an explanation with ${JSON.stringify(words)}`, () => {
      const tooltip = tooltipOf('Daily', { trouble: troubleOf(words) });
      assert.ok(!/<|https?:\/\/evil|\$\(trash|\(command:workbench/.test(tooltip), tooltip);
    });

  it('starts with the sample data notice and how to end it', () => {
    const [first] = tooltipOf('Daily', { isSample: true, trouble: troubleOf('x') }).split('\n');
    assert.match(first ?? '', /^\$\(beaker\) Sample data from a made\\-up account\\\./);
    assert.match(first ?? '', /\[End Sample Data\]\(command:kimiQuota\.endSampleData\)$/);
    assert.doesNotMatch(tooltipOf('Daily'), /[Ss]ample/);
  });

  it('shows that nothing can be saved, and what to do, while it lasts', () => {
    const notice = 'Nothing can be saved\\: the history ends with this window\\.';
    const full = { kind: 'memory', reason: 'full' } as const;
    assert.ok(tooltipOf('Daily', { health: full }).includes(`${notice}  \nThe disk is full`));
    for (const more of [{ health: { kind: 'disk' } }, { health: full, isSample: true }] as const)
      assert.ok(!tooltipOf('Daily', more).includes(notice));
  });

  it('links to the setting of an invalid base URL', () => {
    const endpoint = { problem: 'notAUrl' } as const;
    const view = viewQuota({ endpointProblem: 'notAUrl' }, now);
    const options = { locale, side: 'remaining', now, activity: {} } as const;
    const tooltip = quotaTooltip([{ account: { id: 'kimiCode', endpoint }, view }], options);
    assert.match(
      tooltip,
      /\[\$\(settings-gear\) Open Settings\]\(command:kimiQuota\.openSettings\)/,
    );
    assert.doesNotMatch(tooltipOf('Daily'), /openSettings/);
  });

  it('allows only its own commands, and no HTML', () => {
    const markdown = trustedMarkdown('x');
    assert.deepEqual(markdown.isTrusted, {
      enabledCommands: [
        'kimiQuota.refresh',
        'kimiQuota.setApiKey',
        'kimiQuota.importKey',
        'kimiQuota.openConsole',
        'kimiQuota.openSettings',
        'kimiQuota.explainLastError',
        'kimiQuota.endSampleData',
      ],
    });
    assert.notEqual(markdown.supportHtml, true);
  });
});

describe('escapeMarkdown', () => {
  const cases: [text: string, escaped: string][] = [
    ['plain words', 'plain words'],
    ['a|b', 'a\\|b'],
    ['<b>&amp;', '&lt;b&gt;&amp;amp;'],
    ['$(icon)', '\\$\\(icon\\)'],
    ['line\nbreak', 'line break'],
    ['https://x.y', 'https\\://x\\.y'],
  ];
  for (const [text, escaped] of cases) {
    it(`writes ${JSON.stringify(text)} as ${JSON.stringify(escaped)}`, () => {
      assert.equal(escapeMarkdown(text), escaped);
    });
  }
});
