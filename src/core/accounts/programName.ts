import type { Translate } from '../base/ports.ts';
import type { ProgramId } from './foundKey.ts';

/** The display name of the program that owns the key. */
export function programName(program: ProgramId, t: Translate): string {
  switch (program) {
    case 'kimiCode':
      return 'Kimi Code CLI';
    case 'kimiWork':
      return 'Kimi Work';
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
