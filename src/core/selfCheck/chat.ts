import type { Endpoint, Product } from '../endpoint.ts';
import type { Translate } from '../ports.ts';
import type { AccountFacts, ModelsOutcome } from './facts.ts';

/** The models that cost least (kimi.md section 3; models of the open platform, 2026). */
const CHEAPEST: Readonly<Record<Product, string>> = {
  kimiCode: 'kimi-for-coding',
  openPlatform: 'moonshot-v1-8k',
};

/** The model that the chat request is sent to: the cheapest, or any that is listed. */
export function modelForChat(product: Product, models: ModelsOutcome | undefined): string {
  const ids = models?.kind === 'listed' ? models.ids : [];
  const cheapest = CHEAPEST[product];
  return ids.includes(cheapest) ? cheapest : (ids[0] ?? cheapest);
}

/** Whether a chat request may show more than is known without one. */
export function canChat({ key, isMismatched, answers }: AccountFacts): boolean {
  const isSent = key.kind === 'key' && !isMismatched;
  const kind = answers?.quota.kind;
  return isSent && kind !== undefined && kind !== 'unauthorized' && kind !== 'unreachable';
}

/** What is asked before it is sent, and what it costs. */
export function chatQuestion(
  { product }: Endpoint,
  model: string,
  t: Translate,
): readonly [question: string, cost: string] {
  return [
    t('Send one chat request to {0}?', model),
    product === 'kimiCode'
      ? t('It costs some 15 tokens of your quota, and counts as one request.')
      : t('It costs some 15 tokens of your balance: far less than a cent.'),
  ];
}
