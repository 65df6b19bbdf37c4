import assert from 'node:assert/strict';
import { type Disposable, DisposableStore, MutableDisposable } from '../../src/core/base/event.ts';

let log: string[];
const named = (name: string): Disposable => ({ dispose: () => void log.push(name) });

const forget = (): void => {
  log = [];
};

function assertDisposed(...expected: string[]): void {
  assert.deepEqual(log, expected);
}

describe('DisposableStore', () => {
  beforeEach(forget);

  it('disposes in reverse order, once', () => {
    const store = new DisposableStore();
    for (const name of ['a', 'b', 'c']) store.add(named(name));
    store.dispose();
    store.dispose();
    assertDisposed('c', 'b', 'a');
  });

  it('returns the added value', () => {
    const value = named('a');
    assert.equal(new DisposableStore().add(value), value);
  });

  it('immediately disposes a value added after its own disposal', () => {
    const store = new DisposableStore();
    store.dispose();
    store.add(named('late'));
    assertDisposed('late');
  });

  it('disposes a value added during its disposal', () => {
    const store = new DisposableStore();
    store.add({ dispose: () => void store.add(named('late')) });
    store.add(named('a'));
    store.dispose();
    assertDisposed('a', 'late');
  });
});

describe('MutableDisposable', () => {
  beforeEach(forget);

  it('disposes the old one when a new one is set', () => {
    const owned = new MutableDisposable();
    owned.value = named('a');
    owned.value = named('b');
    assertDisposed('a');
    owned.value = undefined;
    assertDisposed('a', 'b');
  });

  it('disposes the last value with itself, once', () => {
    const owned = new MutableDisposable();
    owned.value = named('a');
    owned.dispose();
    owned.dispose();
    assertDisposed('a');
  });

  it('immediately disposes a value set after its own disposal', () => {
    const owned = new MutableDisposable();
    owned.dispose();
    owned.value = named('late');
    assertDisposed('late');
  });
});
