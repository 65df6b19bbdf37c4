import type { Account } from './endpoint.ts';
import {
  type CodeRegion,
  FORUM_HOST,
  hostOf,
  KIMI_REGIONS,
  type PlatformRegion,
  regionOfApi,
  STATUS_HOST,
} from '../base/kimiHosts.ts';

/**
 * Kimi's web pages (docs/kimi.md 10): the only addresses that are ever opened. `region` is for a
 * plan whose host is a third party's.
 */
export function consoleUrl({ id, endpoint }: Account, region: CodeRegion): string {
  switch (id) {
    case 'kimiCode': {
      const host = 'problem' in endpoint ? undefined : hostOf(endpoint.origin);
      return `https://${siteHost(siteOf(host, region).code)}/code/console`;
    }
    case 'moonshot.ai':
    case 'moonshot.cn':
      return `https://${siteHost(id)}/console`;
  }
}

/** The sites of a user's accounts: each product has two. */
export interface Site {
  readonly code: CodeRegion;
  readonly platform: PlatformRegion;
}

/** Paths below `https://www.kimi.com` or `https://www.kimi.ai`. */
const CODE_PAGES = {
  codeConsole: '/code/console',
  extraUsage: '/membership/subscription?tab=quota',
  plans: '/membership/pricing',
  codeErrors: '/code/docs/en/kimi-code/error-reference.html',
  guidelines: '/code/docs/en/kimi-code/community-guidelines.html',
  models: '/code/docs/en/kimi-code/models.html',
  otherAgents: '/code/docs/en/third-party-tools/other-coding-agents.html',
  contact: '/code/docs/en/kimi-code/contact-and-feedback.html',
} as const;

/** Paths below `https://platform.kimi.ai` or `https://platform.kimi.com`. */
const PLATFORM_PAGES = {
  platformConsole: '/console',
  platformLimits: '/docs/pricing/limits',
  platformErrors: '/docs/api/errors',
} as const;

/** Pages of both products. `status`: the status page of the API. `forum`: staff answer there. */
const COMMON_PAGES = {
  status: `https://${STATUS_HOST}`,
  forum: `https://${FORUM_HOST}/latest`,
} as const;

/** A page on a Kimi site. */
export type KimiPage =
  keyof typeof CODE_PAGES | keyof typeof PLATFORM_PAGES | keyof typeof COMMON_PAGES;

/**
 * The address of a page on the site of the user's account. `language`: a BCP 47 tag; default:
 * English. Kimi Code's pages exist in Chinese too, without `/en`.
 */
export function pageUrl(page: KimiPage, { code, platform }: Site, language = 'en'): string {
  if (page === 'status' || page === 'forum') return COMMON_PAGES[page];
  if (!isCodePage(page)) return `https://${siteHost(platform)}${PLATFORM_PAGES[page]}`;
  const path = CODE_PAGES[page];
  const isChinese = /^zh\b/i.test(language);
  return `https://${siteHost(code)}${isChinese ? path.replace('/docs/en/', '/docs/') : path}`;
}

const isCodePage = (page: KimiPage): page is keyof typeof CODE_PAGES =>
  Object.hasOwn(CODE_PAGES, page);

const siteHost = (wanted: CodeRegion | PlatformRegion): string =>
  KIMI_REGIONS.find(({ region }) => region === wanted)!.site;

/** The sites of the host that rejected a request, if it is a Kimi host. */
export function siteOf(host: string | undefined, fallback: CodeRegion = 'kimi.com'): Site {
  const region = regionOfApi(host ?? '')?.region;
  return {
    code: region === 'kimi.ai' || region === 'kimi.com' ? region : fallback,
    platform: region === 'moonshot.cn' ? region : 'moonshot.ai',
  };
}

const KIMI_HOSTS: ReadonlySet<string> = new Set([
  ...KIMI_REGIONS.map(({ site }) => site),
  STATUS_HOST,
  FORUM_HOST,
]);

/** Whether an address may be opened: https, and a Kimi host. */
export function isKimiPage(address: string): boolean {
  const match = /^https:\/\/([a-z.]+)(?:\/[\w./?=&%-]*)?$/.exec(address);
  return match !== null && KIMI_HOSTS.has(match[1]!);
}
