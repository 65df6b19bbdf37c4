import type { Account, CodeRegion, PlatformRegion } from './endpoint.ts';

/**
 * Kimi's own pages (docs/kimi.md 10): the only addresses that are ever opened. `region` is for
 * a plan that is asked through a host of somebody else.
 */
export function consoleUrl({ id, endpoint }: Account, region: CodeRegion): string {
  switch (id) {
    case 'kimiCode': {
      const host = 'problem' in endpoint ? undefined : endpoint.origin.replace('https://', '');
      return `https://www.${siteOf(host, region).code}/code/console`;
    }
    case 'moonshot.ai':
      return 'https://platform.kimi.ai/console';
    case 'moonshot.cn':
      return 'https://platform.kimi.com/console';
  }
}

/** Which of the twin sites a user's accounts are of. */
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

/** A page of Kimi's. `status`: the one status page of the API. */
export type KimiPage = keyof typeof CODE_PAGES | keyof typeof PLATFORM_PAGES | 'status';

/** The address of a page on the site that the user's account is of. */
export function pageUrl(page: KimiPage, { code, platform }: Site): string {
  if (page === 'status') return 'https://status.moonshot.cn';
  if (page in CODE_PAGES)
    return `https://www.${code}${CODE_PAGES[page as keyof typeof CODE_PAGES]}`;
  const host = platform === 'moonshot.cn' ? 'platform.kimi.com' : 'platform.kimi.ai';
  return `https://${host}${PLATFORM_PAGES[page as keyof typeof PLATFORM_PAGES]}`;
}

/** The sites by the host that refused a request, where it is one of Kimi's. */
export function siteOf(host: string | undefined, fallback: CodeRegion = 'kimi.com'): Site {
  return {
    code: host === 'api.kimi.ai' ? 'kimi.ai' : host === 'api.kimi.com' ? 'kimi.com' : fallback,
    platform: host === 'api.moonshot.cn' ? 'moonshot.cn' : 'moonshot.ai',
  };
}

const KIMI_HOSTS: ReadonlySet<string> = new Set([
  'www.kimi.com',
  'www.kimi.ai',
  'platform.kimi.ai',
  'platform.kimi.com',
  'status.moonshot.cn',
]);

/** Whether an address is one that may be opened: https, and one of Kimi's own hosts. */
export function isKimiPage(address: string): boolean {
  const match = /^https:\/\/([a-z.]+)(?:\/[\w./?=&%-]*)?$/.exec(address);
  return match !== null && KIMI_HOSTS.has(match[1]!);
}
