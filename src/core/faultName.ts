/** Where in our own bundle a defect came up: a file's name, line and column; never its folder. */
const PLACE = /([\w.-]{1,60}\.[cm]?[jt]s:\d+:\d+)\)?\s*$/m;

/**
 * What may be logged of something that was thrown: its kind, its code, and the place in our code,
 * such as `SqliteError ERR_SQLITE_ERROR at agentLogs.js:12:345`. Never its message, which may hold
 * a path or words of a log (faults.md X9).
 */
export function faultName(fault: unknown): string {
  if (!(fault instanceof Error)) return `a thrown ${typeof fault}`;
  const { name, message, stack = '' } = fault;
  const code = 'code' in fault ? wordOf(fault.code) : '';
  const frames = stack.slice(stack.indexOf(message) + message.length);
  const place = PLACE.exec(frames)?.[1];
  return [wordOf(name) || 'Error', code, place && `at ${place}`].filter(Boolean).join(' ');
}

const wordOf = (value: unknown): string =>
  typeof value === 'string' && /^\w{1,60}$/.test(value) ? value : '';
