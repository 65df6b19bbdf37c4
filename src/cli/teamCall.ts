import type { Locale } from '../core/base/ports.ts';
import { isPrivateAddress } from '../node/parseBaseUrl.ts';
import { PUSH_PROTOCOLS } from '../node/team/protocols.ts';
import type { TeamSettings } from '../node/team/startTeam.ts';
import { UsageError } from './command.ts';

/** A metrics store of a team (docs/team.md). */
export interface TeamCall extends TeamSettings {
  /** Bearer token for its addresses. */
  readonly token?: string;
}

interface TeamOptions {
  readonly push?: string;
  readonly 'push-as'?: string;
  readonly query?: string;
  readonly account?: string;
  readonly machine?: string;
  readonly home?: string;
}

/** The team that the options of `watch` name. Throws `UsageError` for what can't be used. */
export function teamCallOf(options: TeamOptions, { t }: Locale): TeamCall {
  const { push = '', query = '', account = '', machine = '', home } = options;
  const typed = options['push-as'] ?? 'prometheus';
  const protocol = PUSH_PROTOCOLS.find(name => name === typed);
  if (protocol === undefined)
    throw new UsageError(t('--push-as takes one of: {0}.', PUSH_PROTOCOLS.join(t(', '))));
  if (home !== undefined) throw new UsageError(t('--push and --home cannot be combined.'));
  for (const url of [push, query])
    if (url !== '' && !isPrivateAddress(url))
      throw new UsageError(t('{0} must start with https://, except on this machine.', url));
  const { KIMI_QUOTA_TEAM_TOKEN: token } = process.env;
  return {
    'team.account': account,
    'team.machine': machine,
    // OTLP may take its address from the environment.
    'team.push': push === '' && protocol !== 'otlp' ? 'off' : protocol,
    'team.pushUrl': push,
    'team.queryUrl': query,
    ...(token ? { token } : {}),
  };
}
