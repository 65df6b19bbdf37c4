import type { IncomingMessage } from 'node:http';

import { errorReply, type Route } from './errorBody.ts';
import type { Reply } from './exchange.ts';
import { KIMI_CODE_ERRORS } from './kimiCodeErrors.ts';
import { PLATFORM_ERRORS } from './platformErrors.ts';

/** The Kimi Code key that is accepted. No key at all: words, and too short to alarm a scanner. */
export const KIMI_CODE_KEY = 'sk-kimi-stand-in-key';
/** The open-platform key that is accepted. */
export const PLATFORM_KEY = 'sk-stand-in-platform';

/** Keys of the two products are isolated; each refuses the other's with "Invalid Authentication". */
export function refuseKimiCodeKey(request: IncomingMessage, route: Route): Reply | undefined {
  const key = bearer(request) ?? header(request, 'x-api-key') ?? '';
  if (key === KIMI_CODE_KEY) return undefined;
  const isForeign = key.startsWith('sk-') && !key.startsWith('sk-kimi-');
  return errorReply(isForeign ? KIMI_CODE_ERRORS.foreignKey : KIMI_CODE_ERRORS.keyInvalid, route);
}

/** As `refuseKimiCodeKey`, for the open platform, where `x-api-key` is not known to be read. */
export function refusePlatformKey(request: IncomingMessage): Reply | undefined {
  const key = bearer(request) ?? '';
  if (key === PLATFORM_KEY) return undefined;
  const isForeign = key.startsWith('sk-kimi-') || key === '';
  return errorReply(isForeign ? PLATFORM_ERRORS.foreignKey : PLATFORM_ERRORS.keyIncorrect);
}

function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(header(request, 'authorization') ?? '')?.[1];
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
