import assert from 'node:assert/strict';
import { commandIds } from '../../src/core/commands.ts';
import { loadStatus, STATUS_EVERY_MS } from '../../src/core/diagnosis/liveStatus.ts';
import type { QuotaOutcome } from '../../src/core/quota/outcome.ts';
import { connect } from '../../src/vscode/connect.ts';
import { copyFix, openFailureLog } from '../../src/vscode/headlineCommands.ts';
import { askForStatus, readStatusIfWanted } from '../../src/vscode/statusPage.ts';
import { setTeamToken } from '../../src/vscode/teamToken.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';
import { snapshotOf } from '../support/fakeQuotaClient.ts';
import { editor } from '../support/vscode/fakeEditor.ts';
import { createTestContext, type TestContext } from '../support/vscode/testContext.ts';

interface Row {
  readonly label: string;
  readonly run: () => unknown;
}

describe('connect an account', () => {
  let test: TestContext;
  let hasSignIn: boolean;
  let findCount: number;
  let stored: [origin: string, secret: unknown][];
  const signIn = (url: string) => ({
    program: 'kimiCode',
    source: '~/.kimi-code/credentials.json',
    secret: { kind: 'login', token: 'eyJ.a.b', expiresAt: Date.UTC(2030, 1) },
    endpoint: parseBaseUrl(url, 'kimiCode'),
  });
  let found: object[];

  beforeEach(async () => {
    [hasSignIn, findCount, stored, found] = [true, 0, [], []];
    const quota: QuotaOutcome = { kind: 'fresh', snapshot: snapshotOf(0, 16) };
    test = await createTestContext({
      finder: {
        hasSignIn: async () => hasSignIn,
        find: async () => (findCount++, { keys: found, problems: [] }),
      },
      createClient: () => ({ readQuota: async () => quota, readPlan: async () => undefined }),
      vault: {
        read: async () => ({ kind: 'none' }),
        store: async (origin: string, secret: unknown) => (stored.push([origin, secret]), 'stored'),
      },
    });
  });
  afterEach(() => test.dispose());

  const labels = () => (editor.picks[0] as Row[]).map(({ label }) => label);

  it('offers the shortest way first, and looks into no file before a choice', async () => {
    await connect(test.context);
    assert.deepEqual(labels(), [
      "$(account) Use Kimi Code's sign-in",
      '$(key) Paste an API key',
      '$(search) Import a key',
      '$(beaker) Try with sample data',
      '$(link-external) Create a key',
    ]);
    assert.deepEqual([findCount, editor.executed], [0, []]);
  });

  it('offers no sign-in that is not there, and no sample data within it', async () => {
    hasSignIn = false;
    await connect({ ...test.context, isSample: true });
    assert.deepEqual(labels(), [
      '$(key) Paste an API key',
      '$(search) Import a key',
      '$(link-external) Create a key',
    ]);
  });

  for (const [label, command] of [
    ['$(key) Paste an API key', commandIds.setApiKey],
    ['$(search) Import a key', commandIds.importKey],
    ['$(beaker) Try with sample data', commandIds.trySampleData],
    ['$(link-external) Create a key', commandIds.openConsole],
  ] as const)
    it(`${label} runs ${command}`, async () => {
      editor.answers = [label];
      await connect(test.context);
      assert.deepEqual(editor.executed, [[command]]);
    });

  describe("Kimi Code's sign-in", () => {
    const choice = "$(account) Use Kimi Code's sign-in";
    /** An account of the user's own, whose host no setting has to change for. */
    const own = () => {
      const endpoint = parseBaseUrl('https://api.kimi.com/coding/v1', 'kimiCode');
      const accounts = {
        current: {
          ...test.context.accounts.current,
          usable: () => [{ id: 'kimiCode', endpoint }],
          claimTry: async () => true,
          keyChanged: async () => undefined,
          views: () => [],
        },
      };
      return { ...test.context, accounts, sample: undefined } as never as typeof test.context;
    };
    const run = async () => {
      const real = own();
      await connect({ ...real, sample: { ...test.context.sample, real } });
    };

    it('is used without another question, and only linked', async () => {
      found = [signIn('https://api.kimi.com/coding/v1')];
      editor.answers = [choice];
      await run();
      assert.deepEqual(
        stored.map(([origin]) => origin),
        ['https://api.kimi.com'],
      );
      assert.ok(!JSON.stringify(stored).includes('eyJ'));
      assert.ok(!editor.messages.some(words => words.includes('[Use This Sign-In]')));
    });

    for (const answer of [undefined, 'Use This Sign-In'])
      it(`for another host is ${answer ? 'used after' : 'not used without'} a confirmation`, async () => {
        found = [signIn('https://relay.example/coding/v1')];
        editor.answers = [choice, answer];
        await run();
        assert.ok(editor.messages.some(words => words.includes('[Use This Sign-In]')));
        assert.equal(stored.length, answer ? 1 : 0);
      });

    it('that cannot be read leads to the other keys', async () => {
      editor.answers = [choice, 'Set API Key'];
      await run();
      assert.match(editor.messages.at(-1)!, /No key found/);
      assert.deepEqual(editor.executed, [[commandIds.setApiKey]]);
    });
  });

  describe('the token of a team', () => {
    const push = 'https://metrics.example/api/v1/push';

    it('needs an address first', async () => {
      await setTeamToken(test.context);
      assert.match(editor.messages.at(-1)!, /Set kimiQuota\.team\.pushUrl/);
      assert.deepEqual(stored, []);
    });

    it('is kept for the origin of the address only', async () => {
      editor.set('kimiQuota.team.pushUrl', push);
      editor.set('kimiQuota.team.queryUrl', 'https://metrics.example/api/v1/query');
      editor.answers = ['  secret-token '];
      await setTeamToken(test.context);
      assert.deepEqual(stored, [['https://metrics.example', { key: 'secret-token' }]]);
      assert.deepEqual(editor.messages, ['info: The token of https://metrics.example is saved.']);
    });

    it('asks which of two origins it is for, and keeps nothing without an answer', async () => {
      editor.set('kimiQuota.team.pushUrl', push);
      editor.set('kimiQuota.team.queryUrl', 'https://query.example');
      await setTeamToken(test.context);
      assert.deepEqual(stored, []);
    });

    it('is reported when the secret storage does not keep it', async () => {
      editor.set('kimiQuota.team.pushUrl', push);
      editor.answers = ['token'];
      const vault = { store: async () => 'notKept' };
      await setTeamToken({ ...test.context, vault } as never);
      assert.match(editor.messages.at(-1)!, /did not save it/);
    });
  });

  describe('the current failure', () => {
    it('has a fix that is copied', async () => {
      await copyFix(test.context);
      assert.equal(editor.clipboard.writes, 1);
      assert.deepEqual(editor.messages, [`status: Copied: ${editor.clipboard.text}`]);
    });

    it('is none: nothing is copied or opened', async () => {
      const quiet = { ...test.context, incidents: { incidents: [] } } as never;
      await copyFix(quiet);
      await openFailureLog(quiet);
      assert.equal(editor.clipboard.writes, 0);
      assert.deepEqual(editor.messages, [
        'status: There is nothing to copy now.',
        'status: No request is failing now.',
      ]);
    });
  });

  describe("Kimi's status page", () => {
    let readCount: number;
    const context = () =>
      ({
        ...test.context,
        createProbe: async () => ({
          readStatusPage: async () => (
            readCount++,
            { kind: 'read', level: 'degraded', incident: 'Slow' }
          ),
        }),
      }) as unknown as typeof test.context;
    const status = () => loadStatus(test.context.archive, test.clock.now());

    beforeEach(() => (readCount = 0));

    it('is not read without a yes', async () => {
      await askForStatus(context());
      await readStatusIfWanted(context());
      assert.deepEqual([readCount, await status()], [0, undefined]);
    });

    for (const choice of ['Allow', 'Only Now'])
      it(`is read once for "${choice}", which ${choice === 'Allow' ? 'is' : 'is not'} kept`, async () => {
        editor.answers = [choice];
        await askForStatus(context());
        assert.equal(readCount, 1);
        const kept = editor.settings.get('kimiQuota.statusPage');
        assert.equal(kept, choice === 'Allow' ? 'allow' : undefined);
        assert.deepEqual(await status(), {
          at: test.clock.now(),
          level: 'degraded',
          incident: 'Slow',
        });
      });

    it('is read without a question once it is allowed, and only if a failure needs it', async () => {
      editor.set('kimiQuota.statusPage', 'allow');
      await askForStatus(context());
      assert.deepEqual([readCount, editor.messages], [1, []]);
      await test.clock.advance(STATUS_EVERY_MS);
      await readStatusIfWanted({ ...context(), incidents: { incidents: [] } } as never);
      assert.equal(readCount, 1);
      const [newest] = test.context.incidents.incidents;
      const verdict = { ...newest!.verdict, cause: 'unsure' };
      const doubtful = { ...newest!, verdict, to: test.clock.now(), state: 'running' };
      const wanting = { ...context(), incidents: { incidents: [doubtful] } } as never;
      await readStatusIfWanted(wanting);
      await readStatusIfWanted(wanting);
      assert.equal(readCount, 2);
    });

    it('that could not be read is unknown', async () => {
      editor.answers = ['Only Now'];
      const createProbe = async () => ({ readStatusPage: async () => ({ kind: 'malformed' }) });
      await askForStatus({ ...test.context, createProbe } as never);
      assert.deepEqual(await status(), { at: test.clock.now(), level: 'unknown' });
    });
  });
});
