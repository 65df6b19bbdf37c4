import { resolve } from 'node:path';
import type { Locale } from '../../core/base/ports.ts';
import type { LogCall } from '../scan.ts';

/** What `scan` and `watch` read and print, from their options. */
export function logCallOf(
  values: {
    readonly home?: string;
    readonly file?: readonly string[];
    readonly json?: boolean;
    readonly requests?: boolean;
  },
  locale: Locale,
): LogCall {
  const { home, file = [], json = false, requests = false } = values;
  return {
    files: file,
    isJson: json,
    hasRequests: requests,
    locale,
    ...(home === undefined ? {} : { home: resolve(home) }),
  };
}
