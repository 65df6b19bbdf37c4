import assert from 'node:assert/strict';
import { LanguageModelTextPart, lm } from 'vscode';
import type { KimiQuotaIncident, KimiQuotaSnapshot } from '../../src/core/publicApi.ts';
import type { QuotaApi } from '../../src/vscode/quotaApi.ts';
import { activated, until, useSetting } from './inHost.ts';

const TOOL = 'get_kimi_quota';

async function callTool(): Promise<string> {
  const { content } = await lm.invokeTool(TOOL, { input: {}, toolInvocationToken: undefined });
  const [part, ...others] = content;
  assert.ok(part instanceof LanguageModelTextPart);
  assert.deepEqual(others, []);
  return part.value;
}

describe('the language-model tool in a real extension host', () => {
  let api: QuotaApi;

  useSetting('chat.mcp.access', 'none');
  before(async () => void (api = await activated()));

  const find = () => lm.tools.find(({ name }) => name === TOOL);

  it('is available to the agents of an editor without MCP, without input', async () => {
    await until(() => find() !== undefined, 'the tool is missing');
    const tool = find()!;
    assert.deepEqual(tool.inputSchema, {
      type: 'object',
      properties: {},
      additionalProperties: false,
    });
  });

  it('returns the data of the API, with times in ISO 8601', async () => {
    const answer = JSON.parse(await callTool()) as KimiQuotaSnapshot & {
      readonly incidents: readonly KimiQuotaIncident[];
    };
    const [account] = answer.accounts;
    const own = (await api.snapshot()).accounts[0]!;
    assert.equal(account?.state, 'ok');
    assert.deepEqual(
      account.windows.map(({ id, remainingPercent, resetsAt }) => [
        id,
        remainingPercent,
        Date.parse(String(resetsAt)),
      ]),
      own.windows.map(({ id, remainingPercent, resetsAt }) => [id, remainingPercent, resetsAt]),
    );
    assert.match(String(account.windows[0]?.resetsAt), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.equal(account.start.advice, 'go');
    assert.deepEqual(answer.incidents, []);
  });

  it('contains only codes, numbers and times, and no key', async () => {
    const answer = await callTool();
    const texts = answer.match(/"[^"]*"/g) ?? [];
    assert.deepEqual(
      texts.filter(text => !/^"(?:[A-Za-z\d._-]+|\d{4}-\d\d-\d\dT[\d:.]+Z)"$/.test(text)),
      [],
    );
    assert.ok(!answer.includes(process.env['KIMI_API_KEY'] ?? 'no key'));
  });
});
