import type { AccountId } from './account.ts';
import type { CodeRegion } from './endpoint.ts';

/** Kimi's own pages (kimi.md section 10): the only addresses that are ever opened. */
export function consoleUrl(account: AccountId, region: CodeRegion): string {
  switch (account) {
    case 'kimiCode':
      return `https://www.${region}/code/console`;
    case 'moonshot.ai':
      return 'https://platform.kimi.ai/console';
    case 'moonshot.cn':
      return 'https://platform.kimi.com/console';
  }
}
