import assert from 'node:assert/strict';
import {
  PanelExchange,
  type PanelExchangeOptions,
  type PanelRequest,
} from '../../../src/core/panel/panelExchange.ts';
import type { EditorMessage } from '../../../src/core/panel/panelMessages.ts';
import type { PanelChoice } from '../../../src/core/panel/panelSource.ts';
import { wordsOfText } from '../../../src/core/errors/wordsOfText.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { sampleDetail, sampleLabels, samplePanel } from '../../webview/samplePanel.ts';

const READY = { kind: 'ready', span: '24h' } as const;
const REDRAW_MS = 30_000;

/** Duration of the n-th read, from 1. */
const READING_TIMES: readonly [name: string, ms: (reading: number) => number][] = [
  ['at once', () => 0],
  ['in 200 ms', () => 200],
  ['in 700 ms', () => 700],
  ['now fast, now slowly', reading => (reading % 2) * 230],
];

describe('PanelExchange', () => {
  let clock: FakeClock;
  let log: FakeLog;
  let isVisible: boolean;
  /** The data to read: a line that a test changes. */
  let fact: string;
  /** Duration of the n-th read, from 1. */
  let readMs: (reading: number) => number;
  let choices: PanelChoice[];
  /** Details that were requested separately, and how long the response takes. */
  let details: PanelChoice['target'][];
  let detailMs: (reading: number) => number;
  let posted: { readonly atMs: number; readonly message: EditorMessage }[];
  let requests: PanelRequest[];
  let exchange: PanelExchange;

  beforeEach(() => {
    clock = new FakeClock();
    log = new FakeLog();
    [isVisible, fact, readMs] = [true, 'first', () => 0];
    [details, detailMs] = [[], () => 0];
    [choices, posted, requests] = [[], [], []];
    exchange = create();
  });
  afterEach(() => {
    exchange.dispose();
    assert.equal(clock.timerCount, 0);
  });

  function create(options: Partial<PanelExchangeOptions> = {}): PanelExchange {
    return new PanelExchange({
      source: { read, readDetail },
      clock,
      log,
      labels: sampleLabels,
      isVisible: () => isVisible,
      post: message => posted.push({ atMs: clock.monotonicMs(), message }),
      act: request => requests.push(request),
      ...options,
    });
  }

  /** A read of any duration; it does not contain changes made in the meantime. */
  async function read(choice: PanelChoice): ReturnType<PanelExchangeOptions['source']['read']> {
    choices.push(choice);
    const { present } = samplePanel();
    const { target } = choice;
    const detail =
      target === undefined
        ? {}
        : { detail: sampleDetail({ id: typeof target === 'string' ? target : 'words' }) };
    const state = samplePanel({ present: { ...present, facts: [fact] } });
    const tookMs = readMs(choices.length);
    if (tookMs > 0) await new Promise<void>(resolve => void clock.after(tookMs, resolve));
    return { ...state, ...detail };
  }
  async function readDetail(target: PanelChoice['target']) {
    details.push(target);
    const tookMs = detailMs(details.length);
    if (tookMs > 0) await new Promise<void>(resolve => void clock.after(tookMs, resolve));
    if (target === undefined) return undefined;
    return sampleDetail({ id: typeof target === 'string' ? target : 'words' });
  }
  const kinds = (): string[] => posted.map(({ message }) => message.kind);
  /** The page's line after each message. */
  const facts = (): (string | undefined)[] =>
    posted.map(({ message }) =>
      message.kind === 'state' ? message.state.present.facts[0] : message.change.present?.facts[0],
    );
  const shownId = (): string | undefined => {
    const message = posted.at(-1)?.message;
    return message?.kind === 'state' ? message.state.detail?.id : message?.change.detail?.id;
  };
  function change(to: string): void {
    fact = to;
    exchange.updateSoon();
  }

  it('sends nothing before the page is ready, then the whole state with labels', async () => {
    exchange.updateSoon();
    await clock.advance(1000);
    assert.deepEqual([choices, posted], [[], []]);
    exchange.take(READY);
    await clock.advance(0);
    const message = posted[0]?.message;
    assert.ok(message?.kind === 'state');
    assert.deepEqual(message.labels, sampleLabels);
    assert.deepEqual(message.state.present.facts, ['first']);
  });

  it('then sends only changes, and nothing without a change', async () => {
    exchange.take(READY);
    await clock.advance(1000);
    exchange.updateSoon();
    await clock.advance(1000);
    assert.deepEqual(kinds(), ['state']);
    change('second');
    await clock.advance(1000);
    assert.deepEqual(kinds(), ['state', 'change']);
    const message = posted[1]?.message;
    assert.deepEqual(message?.kind === 'change' && Object.keys(message.change), ['present']);
  });

  it('updates ages twice a minute without a change event', async () => {
    exchange.take(READY);
    await clock.advance(0);
    fact = 'a minute old';
    await clock.advance(REDRAW_MS - 1);
    assert.deepEqual(facts(), ['first']);
    await clock.advance(1);
    assert.deepEqual(facts(), ['first', 'a minute old']);
  });

  for (const [name, ms] of READING_TIMES)
    it(`sends at most four messages per second in a flood, where a read is ${name}, and always the last state`, async () => {
      readMs = ms;
      exchange.take(READY);
      for (let index = 0; index < 2000; index++) {
        change(`change ${index}`);
        await clock.advance(3);
      }
      await clock.advance(2000);
      const gaps = posted.slice(1).map(({ atMs }, index) => atMs - posted[index]!.atMs);
      assert.ok(posted.length > 6, `${posted.length} messages`);
      assert.ok(Math.min(...gaps) >= 250, `${Math.min(...gaps)} ms`);
      assert.equal(facts().at(-1), 'change 1999');
    });

  it('loses no change during a read', async () => {
    readMs = () => 100;
    exchange.take(READY);
    await clock.advance(1000);
    change('second');
    await clock.advance(50);
    change('third');
    await clock.advance(5000);
    assert.deepEqual(facts(), ['first', 'second', 'third']);
  });

  it('loses no request of the page during a read', async () => {
    readMs = () => 1000;
    exchange.take(READY);
    await clock.advance(500);
    exchange.take({ kind: 'openIncident', id: 'one' });
    exchange.take({ kind: 'span', span: '7d' });
    await clock.advance(5000);
    assert.deepEqual(choices.at(-1), { span: '7d', target: 'one' });
    assert.equal(shownId(), 'one');
  });

  it('neither reads nor sends while hidden, and sends everything when visible again', async () => {
    exchange.take(READY);
    await clock.advance(1000);
    isVisible = false;
    // VS Code reports it with a delay.
    change('second');
    await clock.advance(1000);
    exchange.hide();
    exchange.updateSoon();
    await clock.advance(10 * REDRAW_MS);
    assert.deepEqual([choices.length, kinds()], [1, ['state']]);
    isVisible = true;
    exchange.updateSoon();
    await clock.advance(1000);
    assert.deepEqual(kinds(), ['state']);
    exchange.take(READY);
    await clock.advance(1000);
    assert.deepEqual(kinds(), ['state', 'state']);
    assert.deepEqual(facts(), ['first', 'second']);
  });

  it('sends nothing to a page that disappeared during the read', async () => {
    readMs = () => 500;
    exchange.take(READY);
    await clock.advance(100);
    isVisible = false;
    exchange.hide();
    await clock.advance(1000);
    assert.deepEqual(posted, []);
  });

  it('never checks visibility after it was closed', async () => {
    readMs = () => 500;
    const asked: boolean[] = [];
    exchange.dispose();
    exchange = create({ isVisible: () => (asked.push(true), true) });
    exchange.take(READY);
    await clock.advance(100);
    exchange.updateSoon();
    await clock.advance(300);
    const before = asked.length;
    exchange.dispose();
    exchange.updateSoon();
    await clock.advance(REDRAW_MS);
    assert.deepEqual([posted, asked.length - before, log.lines], [[], 0, []]);
  });

  it('continues after a failed read', async () => {
    let isBroken = true;
    exchange.dispose();
    const reading = (choice: PanelChoice) =>
      isBroken ? Promise.reject(new Error('/home/me/secret')) : read(choice);
    exchange = create({ source: { read: reading, readDetail } });
    exchange.take(READY);
    await clock.advance(1000);
    assert.deepEqual(log.lines, ['error: The panel could not be drawn.']);
    isBroken = false;
    exchange.updateSoon();
    await clock.advance(1000);
    assert.deepEqual(kinds(), ['state']);
  });

  describe('target', () => {
    it('is the overview after a reload, with the remembered span and account', async () => {
      exchange.take({ kind: 'ready', span: '30d', account: 'moonshot.ai' });
      await clock.advance(0);
      assert.deepEqual(choices, [{ span: '30d', account: 'moonshot.ai' }]);
    });

    it('stays while the page is hidden, unless another is requested', async () => {
      exchange.open('one');
      exchange.take(READY);
      await clock.advance(1000);
      const hideAndShow = async (): Promise<void> => {
        isVisible = true;
        exchange.take(READY);
        await clock.advance(1000);
      };
      [isVisible] = [false];
      exchange.hide();
      await hideAndShow();
      assert.equal(shownId(), 'one');
      isVisible = false;
      exchange.hide();
      exchange.open('two');
      await hideAndShow();
      assert.equal(shownId(), 'two');
    });

    it('closes when the dashboard is opened, and on request of the page', async () => {
      exchange.take(READY);
      await clock.advance(0);
      for (const close of [
        () => exchange.open(undefined),
        () => exchange.take({ kind: 'openIncident' }),
      ]) {
        exchange.open('one');
        await clock.advance(1000);
        assert.equal(shownId(), 'one');
        close();
        await clock.advance(1000);
        const message = posted.at(-1)?.message;
        assert.equal(message?.kind === 'change' && message.change.detail, null);
      }
    });

    it('can be an error text, also after the page was hidden', async () => {
      const words = wordsOfText('429 request reached organization max concurrency: 50');
      assert.ok(words);
      exchange.open(words);
      exchange.take(READY);
      await clock.advance(1000);
      exchange.hide();
      exchange.take(READY);
      await clock.advance(1000);
      assert.deepEqual(
        choices.map(({ target }) => target),
        [words, words],
      );
    });

    it('is sent immediately and separately', async () => {
      exchange.take(READY);
      await clock.advance(0);
      const atMs = clock.monotonicMs();
      exchange.take({ kind: 'openIncident', id: 'one' });
      await settled();
      exchange.take({ kind: 'openIncident' });
      await settled();
      assert.equal(choices.length, 1);
      assert.deepEqual(posted.slice(1), [
        { atMs, message: { kind: 'change', change: { detail: sampleDetail({ id: 'one' }) } } },
        { atMs, message: { kind: 'change', change: { detail: null } } },
      ]);
    });

    it('is the last click, whichever read ends first', async () => {
      detailMs = reading => (reading === 1 ? 300 : 100);
      exchange.take(READY);
      await clock.advance(0);
      exchange.take({ kind: 'openIncident', id: 'one' });
      exchange.take({ kind: 'openIncident', id: 'two' });
      await clock.advance(1000);
      assert.deepEqual([posted.length, shownId()], [2, 'two']);
    });

    it('is not closed by a read that started before the click', async () => {
      exchange.take(READY);
      await clock.advance(1000);
      readMs = () => 500;
      change('second');
      await clock.advance(100);
      exchange.take({ kind: 'openIncident', id: 'one' });
      await clock.advance(1000);
      const changes = posted
        .slice(1)
        .map(({ message }) => message.kind === 'change' && message.change);
      assert.deepEqual(
        changes.map(it => it && [it.detail?.id, it.present?.facts]),
        [
          ['one', undefined],
          [undefined, ['second']],
        ],
      );
    });
  });

  it('carries out only allowed requests of the page', () => {
    const console = 'https://www.kimi.com/code/console';
    const allowed = [
      { kind: 'openLog', id: 'one' },
      { kind: 'copyTicket', id: 'one' },
      { kind: 'openLink', url: console },
      { kind: 'command', command: 'refresh' },
    ];
    const addresses = [
      console.replace('https', 'http'),
      'https://www.kimi.com@evil.example/',
      `https://evil.example/#${console}`,
      'command:workbench.action.terminal.new',
      'file:///etc/passwd',
      'vscode://kimi-quota/x',
      `${console}\n`,
    ];
    const refused = [
      ...addresses.map(url => ({ kind: 'openLink', url })),
      ...[undefined, null, 'ready', [], { kind: 'ready' }, { kind: 'ready', span: '1y' }],
      ...[{ kind: 'openLog' }, { kind: 'openLog', id: 7 }, { kind: 'run', command: 'refresh' }],
      ...['removeApiKey', 'refresh; x'].map(command => ({ kind: 'command', command })),
    ];
    for (const message of [...refused, ...allowed, ...refused]) exchange.take(message);
    assert.deepEqual(requests, allowed);
    assert.deepEqual(posted, []);
  });

  it('copies only a text that the page was sent', async () => {
    exchange.open('one');
    exchange.take(READY);
    await clock.advance(0);
    const { present } = samplePanel();
    const [{ code = assert.fail() } = assert.fail()] = sampleDetail().steps;
    for (const text of ['rm -rf ~', '', code, present.banner?.fix?.code, `${code} `])
      exchange.take({ kind: 'copy', text });
    assert.deepEqual(requests, [
      { kind: 'copy', text: code },
      { kind: 'copy', text: present.banner?.fix?.code },
    ]);
  });

  it('reads the selected account', async () => {
    exchange.take(READY);
    await clock.advance(1000);
    exchange.take({ kind: 'account', id: 'moonshot.ai' });
    await clock.advance(1000);
    assert.deepEqual(choices.at(-1), { span: '24h', account: 'moonshot.ai' });
  });
});
