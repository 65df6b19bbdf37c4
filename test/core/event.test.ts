import assert from 'node:assert/strict';
import { Emitter, type Event } from '../../src/core/base/event.ts';

/** The calls of listeners, in order. */
function heard(event: Event<number>, count = 1): number[] {
  const values: number[] = [];
  for (let i = 0; i < count; i++) event(value => values.push(value * 10 + i));
  return values;
}

let emitter: Emitter<number>;
const renew = (): void => {
  emitter = new Emitter();
};

describe('Emitter subscriptions', () => {
  beforeEach(renew);

  it('calls listeners in the order in which they subscribed', () => {
    const values = heard(emitter.event, 3);
    emitter.fire(1);
    assert.deepEqual(values, [10, 11, 12]);
  });

  it('does not call a listener after its subscription is disposed', () => {
    const values: number[] = [];
    const subscription = emitter.event(value => values.push(value));
    emitter.fire(1);
    subscription.dispose();
    subscription.dispose();
    emitter.fire(2);
    assert.deepEqual(values, [1]);
    assert.equal(emitter.listenerCount, 0);
  });

  it('counts one function subscribed twice as two', () => {
    const values: number[] = [];
    const listener = (value: number): void => void values.push(value);
    const first = emitter.event(listener);
    emitter.event(listener);
    first.dispose();
    emitter.fire(1);
    assert.deepEqual(values, [1]);
  });
});

describe('Emitter calls', () => {
  beforeEach(renew);

  it('calls all listeners, then throws the first error', () => {
    const values: string[] = [];
    for (const name of ['a', 'b', 'c'])
      emitter.event(() => {
        values.push(name);
        if (name !== 'c') throw new Error(name);
      });
    assert.throws(() => emitter.fire(1), { message: 'a' });
    assert.deepEqual(values, ['a', 'b', 'c']);
  });

  it('first calls a listener that subscribes during a call in the next one', () => {
    const values: number[] = [];
    const subscription = emitter.event(() => {
      subscription.dispose();
      emitter.event(value => values.push(value));
    });
    emitter.fire(1);
    emitter.fire(2);
    assert.deepEqual(values, [2]);
  });

  it('calls no listener after its disposal', () => {
    const values = heard(emitter.event);
    emitter.dispose();
    emitter.fire(1);
    assert.deepEqual(values, []);
    assert.equal(emitter.listenerCount, 0);
  });
});
