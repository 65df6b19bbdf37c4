import type { KeyLookup } from '../../core/accounts/foundKey.ts';
import { inBackground } from '../../core/base/background.ts';
import type { Disposable, Event } from '../../core/base/event.ts';
import type { Lease } from '../../core/base/lease.ts';
import type { Clock, Log } from '../../core/base/ports.ts';
import type { Archive } from '../../core/ledger/archive.ts';
import type { Settings } from '../../core/settings.ts';
import type { AskOptions } from '../askOnce.ts';
import { saveTeam } from '../../core/quota/teamRows.ts';
import { otlpAddress, otlpHeaders } from './otlpEnvironment.ts';
import { type TeamAddresses, TeamLink } from './teamLink.ts';
import { teamReports } from './teamReports.ts';

/** The settings of a team. */
export type TeamSettings = Pick<
  Settings,
  'team.account' | 'team.machine' | 'team.push' | 'team.pushUrl' | 'team.queryUrl'
>;

/** Options of `TeamInLease`, which it passes on. */
export interface TeamOptions {
  readonly archive: Archive;
  readonly clock: Clock;
  readonly lease: Pick<Lease, 'isHeld' | 'onDidChange'>;
  readonly log: Log;
  readonly random: () => number;
  readonly settings: () => TeamSettings;
  /** Fires when a setting changed. */
  readonly onDidChange: Event<unknown>;
  /** The key, or an engine's token, that is stored for an origin. */
  readonly readKey: (origin: string) => Promise<KeyLookup>;
  readonly fetch: AskOptions['fetch'];
}

/** Starts the link to the engine that the settings name; dispose it to end. */
export function startTeam(options: TeamOptions): Disposable {
  const { archive, clock, readKey, settings } = options;
  const readSecret = async (origin: string): Promise<string | undefined> => {
    const lookup = await readKey(origin);
    // The token of a linked sign-in changes every hour, and with it the hash.
    return lookup.kind === 'key' && !lookup.isLinked ? lookup.key : undefined;
  };
  const link = new TeamLink({
    ...options,
    addresses: addressesOf(settings(), process.env),
    report: () =>
      teamReports({
        archive,
        now: clock.now(),
        account: settings()['team.account'],
        machine: settings()['team.machine'],
        readRows: query => archive.ledgerRows(query),
        readKey: readSecret,
      }),
    headersFor: async url => {
      const token = await readSecret(new URL(url).origin);
      const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const isOtlp = settings()['team.push'] === 'otlp';
      return { ...(isOtlp ? otlpHeaders(url, process.env) : {}), ...bearer };
    },
    onChange: team => saveTeam(archive, team, clock.now()),
  });
  link.start();
  return {
    dispose: () => {
      link.dispose();
      inBackground(saveTeam(archive, undefined, clock.now()), options.log);
    },
  };
}

/** Without an address, OTLP takes the one of the environment. */
function addressesOf(
  settings: TeamSettings,
  environment: Readonly<Record<string, string | undefined>>,
): TeamAddresses {
  const protocol = settings['team.push'];
  const typed = settings['team.pushUrl'];
  const url = typed === '' && protocol === 'otlp' ? (otlpAddress(environment) ?? '') : typed;
  const queryUrl = settings['team.queryUrl'];
  return {
    ...(protocol === 'off' || url === '' ? {} : { push: { protocol, url } }),
    ...(queryUrl === '' ? {} : { queryUrl }),
  };
}
