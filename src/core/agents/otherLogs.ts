import type { Agent, LogSource } from './agent.ts';
import { MOST_GLOBS, parseLogGlob } from './logGlob.ts';
import { createOtherReader } from './otherReader.ts';

/**
 * Any file that the user names (`kimiQuota.otherLogs`): of scripts on an SDK, LiteLLM, n8n and the
 * like. A line or a JSON object that holds the body of an error is a failure; nothing else is known.
 */
export const otherLogs: Agent = {
  id: 'other',
  name: 'Other logs',
  sources: surroundings =>
    (surroundings.otherLogs ?? []).slice(0, MOST_GLOBS).flatMap((glob): LogSource[] => {
      const parsed = parseLogGlob(glob, surroundings);
      return parsed.kind === 'source' ? [parsed.source] : [];
    }),
  // Where errors of SDKs, bodies and gateways begin; what tells that a traceback repeats one.
  failureAnchors: [
    'rror": ',
    'rror":',
    "rror': ",
    'rror code: ',
    'rror: ',
    'xception - ',
    'xception: ',
    'rrorMessage"',
    'rror_message"',
    'rror_str"',
    'httpCode"',
    'status_code=',
    'Traceback (most',
    'above exception',
    '<ak-',
    'kimi.com/',
    "We're receiving",
  ],
  createReader: createOtherReader,
};
