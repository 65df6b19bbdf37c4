import type { SupportIds } from '../agents/supportIds.ts';
import type { Translate } from '../base/ports.ts';

/**
 * The ids that Kimi support asks for, one a line. They are the user's: only the incident, an
 * explanation that the user asked for and the ticket show them.
 */
export function idLines(ids: SupportIds | undefined, t: Translate): string[] {
  const { organization, project, key, requests = [] } = ids ?? {};
  return [
    ...(organization === undefined ? [] : [t('Organization ID: {0}', organization)]),
    ...(project === undefined ? [] : [t('Project ID: {0}', project)]),
    ...(key === undefined ? [] : [t('Key ID: {0}', key)]),
    ...(requests.length === 0 ? [] : [t('Request and trace IDs: {0}', requests.join(t(', ')))]),
  ];
}
