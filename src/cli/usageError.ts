/** A wrong call: what is wrong, and what to do. */
export class UsageError extends Error {}
