import assert from 'node:assert/strict';
import { PanelExchange } from '../../../src/core/panel/panelExchange.ts';
import type { EditorMessage } from '../../../src/core/panel/panelMessages.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { sampleLabels, samplePanel } from '../../webview/samplePanel.ts';

const READY = { kind: 'ready', span: '24h' } as const;

/** Messages of page and editor can cross: the dashboard must not stay blank. */
describe('the first state of the dashboard', () => {
  let clock: FakeClock;
  let isVisible: boolean;
  let posted: EditorMessage['kind'][];
  let exchange: PanelExchange;

  beforeEach(() => {
    clock = new FakeClock();
    [isVisible, posted] = [true, []];
    exchange = new PanelExchange({
      source: { read: async () => samplePanel(), readDetail: async () => undefined },
      clock,
      log: new FakeLog(),
      labels: sampleLabels,
      isVisible: () => isVisible,
      post: ({ kind }) => posted.push(kind),
      act: () => undefined,
    });
  });
  afterEach(() => exchange.dispose());

  it('is sent when a page that was ready before counts as visible', async () => {
    isVisible = false;
    exchange.take(READY);
    await clock.advance(300_000);
    assert.deepEqual(posted, []);
    isVisible = true;
    exchange.show();
    await clock.advance(1000);
    assert.deepEqual(posted, ['state']);
  });

  it('is sent when a page repeats what was lost', async () => {
    exchange.take(READY);
    // VS Code reports late that the page before this one was hidden.
    exchange.hide();
    await clock.advance(1000);
    assert.deepEqual(posted, []);
    exchange.take(READY);
    await clock.advance(1000);
    assert.deepEqual(posted, ['state']);
  });
});
