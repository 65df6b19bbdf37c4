import type { Account } from './endpoint.ts';
import {
  type CodeRegion,
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

/** A page on a Kimi site. `status`: the status page of the API. */
export type KimiPage = keyof typeof CODE_PAGES | keyof typeof PLATFORM_PAGES | 'status';

/** The address of a page on the site of the user's account. */
export function pageUrl(page: KimiPage, { code, platform }: Site): string {
  if (page === 'status') return `https://${STATUS_HOST}`;
  return isCodePage(page)
    ? `https://${siteHost(code)}${CODE_PAGES[page]}`
    : `https://${siteHost(platform)}${PLATFORM_PAGES[page]}`;
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
]);

/** Whether an address may be opened: https, and a Kimi host. */
export function isKimiPage(address: string): boolean {
  const match = /^https:\/\/([a-z.]+)(?:\/[\w./?=&%-]*)?$/.exec(address);
  return match !== null && KIMI_HOSTS.has(match[1]!);
}
