// Stands for what the fake editor of the tests does not have: any property, call or construction
// gives another of these.
const target = function (): void {};

const anything: object = new Proxy(target, {
  get: (_, name) => {
    if (name === Symbol.toPrimitive) return () => '';
    // Neither a promise nor a list.
    return typeof name === 'symbol' || name === 'then' ? undefined : anything;
  },
  apply: () => anything,
  construct: () => anything,
});

/** A module of the editor, or a part of it, with `anything` for what is missing. */
export function completed(part: unknown): unknown {
  if (part === undefined) return anything;
  if (typeof part !== 'object' || part === null) return part;
  return new Proxy(part, {
    get: (known, name) =>
      name in known || typeof name === 'symbol' ? Reflect.get(known, name) : anything,
  });
}
