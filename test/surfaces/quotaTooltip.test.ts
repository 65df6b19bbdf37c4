import assert from 'node:assert/strict';
import { machineName } from '../../src/core/ticket/machineName.ts';
import { fail, tailed } from '../support/bursts.ts';
import { headlineFor, kimiAccount } from '../support/headlines.ts';
import type { HeadlineWords } from '../../src/core/status/headlineWords.ts';
import { english } from '../../src/core/base/format.ts';
import { viewQuota } from '../../src/core/quota/quotaView.ts';
import { readUsages } from '../../src/core/quota/usages.ts';
import { escapeMarkdown } from '../../src/vscode/markdown.ts';
import {
  quotaTooltip,
  trustedMarkdown,
  type TooltipOptions,
} from '../../src/vscode/quotaTooltip.ts';

import { incidentOf, UNSURE } from '../support/incidents.ts';
import { FIVE_HOURS, snapshotOf, viewOf } from '../support/quotaViews.ts';

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
    headline: headlineFor(view, { now }),
    ...more,
  });
}

/** Words from outside as every part of a headline. */
function headlineOf(words: string): HeadlineWords {
  return {
    headline: { kind: 'state' },
    short: words,
    title: words,
    numbers: words,
    now: words,
    lasting: words,
    next: words,
    action: 'troubleshoot',
  };
}

describe('quotaTooltip', () => {
  it('is a table with a bar, the share, the countdown and the time of day without a zone', () => {
    const row = tooltipOf('Daily')
      .split('\n')
      .find(line => line.includes('Daily'));
    assert.match(
      row ?? '',
      /^\| Daily \| !\[\]\(data:image\/svg\+xml,[^)]+\) \| 84% left \| &nbsp; resets in 2 h 5 min \\\(14\\:05\\\) \|$/,
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
      const links = [...tooltip.matchAll(/[^!]\[[^\]]*\]\(([^)]+)\)/g)].map(match => match[1]);
      assert.deepEqual(links, [
        'command:kimiQuota.openPanel',
        'command:kimiQuota.refresh',
        'command:kimiQuota.openSettings',
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

  it('offers Troubleshoot first in a fault', () => {
    const [first = ''] = tooltipOf('Daily', { headline: headlineOf('x') }).split('\n\n---\n\n');
    assert.equal(
      first,
      ['**x** · x', 'x  \nx', '[$(tools) Troubleshoot](command:kimiQuota.selfCheck)'].join('\n\n'),
    );
  });

  it('has at most nine lines while a request fails', () => {
    const incident = incidentOf('a', {
      from: now,
      to: now,
      verdict: {
        ...UNSURE,
        cause: 'own_concurrency',
        certainty: 'certain',
        retry: 'now',
        steps: [{ id: 'fewerAgents', agent: 'kimi-code', count: 20 }],
      },
    });
    const view = viewOf(snapshotOf([FIVE_HOURS], { parallelLimit: 20, at: now }));
    const headline = headlineFor(view, { incidents: [incident], inFlight: 22, now });
    const tooltip = tooltipOf('Daily', { headline });
    for (const part of ['Why?', 'Copy Setting', 'Open Log', 'KIMI_CODE_AGENT_SWARM'])
      assert.ok(tooltip.includes(part), part);
    const lines = tooltip.split('\n').filter(line => !/^(?:|---|\|[ :|-]*\|)$/.test(line));
    assert.ok(lines.length <= 9, tooltip);
  });

  for (const words of hostile)
    it(`escapes an explanation with ${JSON.stringify(words)}`, () => {
      const tooltip = tooltipOf('Daily', { headline: headlineOf(words) });
      assert.ok(!/<|https?:\/\/evil|\$\(trash|\(command:workbench/.test(tooltip), tooltip);
    });

  it('has the parallel limit, the last failure and fields that disagree', () => {
    const contradiction = { lowestUsedPercent: 16, highestUsedPercent: 60 };
    const view = viewOf(
      snapshotOf([{ ...FIVE_HOURS, usedPercent: 60, contradiction }], {
        parallelLimit: 20,
        at: now,
      }),
    );
    const failure = tailed(fail(-12 * 60_000));
    const activity = {
      inFlight: { at: now, total: 3, byAgent: [] },
      lastFailure: { ...failure, signal: { ...failure.signal, at: now - 12 * 60_000 } },
    };
    const options = {
      locale,
      side: 'remaining',
      now,
      activity,
      headline: headlineFor(view, { now }),
    } as const;
    const facts = quotaTooltip([kimiAccount(view)], options).replaceAll('\\', '');
    for (const fact of [
      'Requests in flight: 3 of 20.',
      'Last failure: Kimi Code, 12 min ago.',
      '5-hour quota: Kimi reports both 40% and 84% left. The lower value is shown.',
    ])
      assert.ok(facts.includes(fact), facts);
    const idle = quotaTooltip([kimiAccount(view)], { ...options, activity: {} });
    assert.ok(idle.includes('Parallel limit\\: 20\\.'), idle);
  });

  it('starts with the sample data notice and how to end it', () => {
    const [first] = tooltipOf('Daily', { isSample: true, headline: headlineOf('x') }).split('\n');
    assert.match(first ?? '', /^\$\(beaker\) Sample data from a made\\-up account\\\./);
    assert.match(first ?? '', /End Sample Data\]\(command:kimiQuota\.endSampleData\)$/);
    assert.doesNotMatch(tooltipOf('Daily'), /[Ss]ample/);
  });

  it('shows that nothing can be saved, and what to do, while it lasts', () => {
    const notice = 'Nothing can be saved\\: the history ends with this window\\.';
    const full = { kind: 'memory', reason: 'full' } as const;
    assert.ok(tooltipOf('Daily', { health: full }).includes(`${notice}  \nThe disk is full`));
    for (const more of [{ health: { kind: 'disk' } }, { health: full, isSample: true }] as const)
      assert.ok(!tooltipOf('Daily', more).includes(notice));
  });

  it('allows only its own commands, and no HTML', () => {
    const markdown = trustedMarkdown('x');
    assert.deepEqual(markdown.isTrusted, {
      enabledCommands: [
        'kimiQuota.refresh',
        'kimiQuota.connect',
        'kimiQuota.setApiKey',
        'kimiQuota.openSettings',
        'kimiQuota.openPanel',
        'kimiQuota.selfCheck',
        'kimiQuota.copyFix',
        'kimiQuota.openFailureLog',
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
