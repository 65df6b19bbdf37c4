import * as z from 'zod/mini';
import { AGENT_IDS } from './agents/signal.ts';
import { NOTICE_KINDS } from './notices/notice.ts';

/**
 * A list of which an element that is not allowed is left out, and no other: a typing error, or a
 * name of a newer version, must not switch on what the rest of the list switches off.
 */
function listOf<T>(element: z.ZodMiniType<T>, byDefault: readonly T[]) {
  const allowed = z.transform((value: unknown) =>
    Array.isArray(value) ? value.filter(each => element.safeParse(each).success) : value,
  );
  return z.catch(z.pipe(allowed, z.array(element)), [...byDefault]);
}

/**
 * Every setting below `kimiQuota.`, with its default. Whoever edits settings.json by hand may have
 * written anything: a value that is not allowed counts as not set, and so does an element of a list. `tidy.test.ts` compares this
 * table with the manifest.
 */
export const Settings = z.object({
  /** Empty: the region's own host. */
  baseUrl: z.catch(z.string(), ''),
  region: z.catch(z.enum(['kimi.com', 'kimi.ai']), 'kimi.com'),
  /** Empty: api.moonshot.ai. */
  openPlatformBaseUrl: z.catch(z.string(), ''),
  /** Whose logs are followed. */
  watchedAgents: listOf(z.enum(AGENT_IDS), AGENT_IDS),
  /** Globs of any other files that are read. */
  otherLogs: listOf(z.string(), []),
  /** Whether errors of agents are looked for in what they write to terminals. */
  readTerminals: z.catch(z.boolean(), false),
  'statusBar.account': z.catch(z.enum(['auto', 'kimiCode', 'moonshot.ai', 'moonshot.cn']), 'auto'),
  'statusBar.show': z.catch(z.enum(['remaining', 'used']), 'remaining'),
  'statusBar.density': z.catch(z.enum(['full', 'compact', 'icon']), 'full'),
  /** What stands at the end of lines in logs. */
  'inline.endOfLine': z.catch(z.enum(['all', 'currentLine', 'off']), 'all'),
  'inline.codeLens': z.catch(z.boolean(), false),
  'notifications.enabled': z.catch(z.boolean(), true),
  /** Percent left at which is told that little is left; 0 is always told. */
  'notifications.thresholds': listOf(z.number().check(z.gt(0), z.lt(100)), [20, 5]),
  /** What "Do Not Show Again" was said to. */
  'notifications.muted': listOf(z.enum(NOTICE_KINDS), []),
});

export type Settings = z.infer<typeof Settings>;

/** The setting names without their prefix, in the order of the table. */
export const settingNames = Object.keys(Settings.shape) as (keyof Settings)[];
