import type { KeyMistake } from '../keyMistake.ts';
import type { Translate } from '../ports.ts';

/** Says which key was mistaken for which, and what to do about it. */
export function mistakeSentences(
  mistake: KeyMistake,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (mistake) {
    case 'platformKeyForKimiCode':
      return [
        t(
          'Kimi did not accept the key: it is one of the open platform, and this host is Kimi Code.',
        ),
        t('Set a key of the Kimi Code console, which begins with sk-kimi-.'),
      ];
    case 'kimiCodeKeyForPlatform':
      return [
        t(
          'Kimi did not accept the key: it is one of Kimi Code, and this host is the open platform.',
        ),
        t('Set a key of the open platform, which begins with sk- but not with sk-kimi-.'),
      ];
    case 'perhapsOfMoonshotCn':
      return [
        t('Kimi did not accept the key at api.moonshot.ai.'),
        t('If it was made at platform.kimi.com, it is for api.moonshot.cn alone: set it there.'),
      ];
    case 'perhapsOfMoonshotAi':
      return [
        t('Kimi did not accept the key at api.moonshot.cn.'),
        t('If it was made at platform.kimi.ai, it is for api.moonshot.ai alone: set it there.'),
      ];
    case 'perhapsOfKimiCom':
      return [
        t('Kimi did not accept the key at api.kimi.ai.'),
        t('It may be deleted. If it was made at www.kimi.com, change the setting of the region.'),
      ];
    case 'perhapsOfKimiAi':
      return [
        t('Kimi did not accept the key at api.kimi.com.'),
        t('It may be deleted. If it was made at www.kimi.ai, change the setting of the region.'),
      ];
  }
}
