import type { QuickPickItem } from 'vscode';
import {
  lastFour,
  type FileProblem,
  type FoundKey,
  type ProgramId,
} from '../core/keys/foundKey.ts';
import { isTokenValid } from '../core/keys/login.ts';
import type { Locale, Translate } from '../core/ports.ts';
import { baseUrlProblem } from '../core/quota/explainState.ts';
import { momentWords } from '../core/words.ts';

/** What people call the program whose key it is. */
export function programName(program: ProgramId, t: Translate): string {
  switch (program) {
    case 'kimiCode':
      return 'Kimi Code CLI';
    case 'kimiCli':
      return t('Kimi CLI (the older one)');
    case 'claudeCode':
      return 'Claude Code';
    case 'openCode':
      return 'OpenCode';
    case 'environment':
      return t('Environment variable');
  }
}

/** A row for a key: whose it is, its last four characters, its host, and where it stands. */
export function foundKeyWords(found: FoundKey, now: number, locale: Locale): QuickPickItem {
  const { entry, program, secret, source } = found;
  const { t } = locale;
  const name = programName(program, t);
  const isKey = secret.kind === 'key';
  const until = isKey
    ? []
    : isTokenValid(secret, now)
      ? [t('valid until {0}', momentWords(secret.expiresAt, now, locale))]
      : [t('ended; renews when you next use it')];
  const last = lastFour(isKey ? secret.key : secret.token);
  return {
    label: isKey ? `$(key) ${name}` : `$(account) ${t('{0}: log-in', name)}`,
    description: [last, hostWords(found, t)].join(' · '),
    detail: [source, ...(entry ? [entry] : []), ...until].join(' · '),
  };
}

/** The host that a key is for, or why it is for none. */
export function hostWords({ endpoint, secret }: FoundKey, t: Translate): string {
  if (!endpoint) {
    return secret.kind === 'key'
      ? t('no host is named with it')
      : t('Its host is not known: no provider in the configuration names it.');
  }
  if ('problem' in endpoint) {
    // The URL itself may hold a password.
    return baseUrlProblem(endpoint.problem, t);
  }
  const host = endpoint.origin.replace(/^https:\/\//, '');
  return endpoint.isMoonshot ? host : t('for another host: {0}', host);
}

/** Why a file was not read. */
export function problemWords(problem: FileProblem, t: Translate): string {
  switch (problem) {
    case 'notAFile':
      return t('It is no regular file. Links are not followed.');
    case 'tooLarge':
      return t('It is larger than 256 KB.');
    case 'unreadable':
      return t('It could not be opened.');
    case 'garbage':
      return t('It could not be understood: its form is broken.');
  }
}
