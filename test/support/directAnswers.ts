import { type DirectAnswer, readDirectAnswer } from '../../src/core/diagnosis/directRequest.ts';
import type { FailureFacts } from '../../src/core/diagnosis/directTest.ts';
import type { Category } from '../../src/core/errors/category.ts';
import { errorReply, type KimiError } from './kimiService/errorBody.ts';
import { KIMI_CODE_ERRORS, type KimiCodeErrorName } from './kimiService/kimiCodeErrors.ts';
import { PLATFORM_ERRORS, type PlatformErrorName } from './kimiService/platformErrors.ts';
import { NOW } from './quotaViews.ts';

export const CODE = 'https://api.kimi.com';
export const GLOBAL = 'https://api.kimi.ai';
export const AI = 'https://api.moonshot.ai';
export const CN = 'https://api.moonshot.cn';
/** Made up, and put together so that no scanner takes them for real ones. */
export const ORG_A = `org-${'0a1b'.repeat(8)}`;
export const ORG_B = `org-${'9f8e'.repeat(8)}`;

export const raw = (status: number, body: unknown, origin = CODE): DirectAnswer =>
  readDirectAnswer({
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: {},
    origin,
    now: NOW,
  });

export const WORKS = raw(200, { content: [{ type: 'text', text: 'Hi' }] });
export const WORKS_AS = (organization: string): DirectAnswer =>
  readDirectAnswer({
    status: 200,
    body: '{"choices":[{}]}',
    headers: { 'msh-org-id': organization },
    origin: AI,
    now: NOW,
  });

function refused(error: KimiError, route: 'openai' | 'anthropic', origin: string): DirectAnswer {
  const values = { account: `${ORG_A} / proj-0 <ak-0>`, organization: ORG_A, limit: 3, current: 4 };
  const { status, body } = errorReply(error, route, values);
  return raw(status, body, origin);
}
export const code = (name: KimiCodeErrorName) => refused(KIMI_CODE_ERRORS[name], 'anthropic', CODE);
export const platform = (name: PlatformErrorName) => refused(PLATFORM_ERRORS[name], 'openai', AI);
export const lost: DirectAnswer = { kind: 'unreachable', cause: 'dns', detail: 'ENOTFOUND' };
export const byProxy = raw(429, { errorMessage: '429 Your account is suspended' });

export const failed = (says: Category | null, more: Partial<FailureFacts> = {}): FailureFacts => ({
  says,
  isByGateway: false,
  isOther: false,
  isOngoing: false,
  host: 'api.kimi.com',
  ...more,
});
export const now = { isOngoing: true };
export const gateway = { isByGateway: true, host: 'llm.example' };
export const onAi = { host: 'api.moonshot.ai' };
