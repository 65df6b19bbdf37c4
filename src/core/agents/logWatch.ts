/** The following of logs, as surfaces see it. */
export interface LogWatch {
  /** While paused nothing is read; afterwards it goes on where it was. For this window alone. */
  isPaused: boolean;
}
