import assert from 'node:assert/strict';
import { askOnce } from '../../src/node/askOnce.ts';
import { isLoopback } from '../../src/node/parseBaseUrl.ts';

describe('askOnce', () => {
  const asked: string[] = [];
  const ask = (url: string) =>
    askOnce(
      { url, key: 'sk-kimi-x' },
      {
        fetch: async address => {
          asked.push(address);
          return new Response('');
        },
        userAgent: 'test',
      },
      async ({ status }) => status,
    );

  for (const url of [
    'http://relay.example/usages',
    'http://127.0.0.1.example/usages',
    'http://0.0.0.0/usages',
    'http://192.168.0.1/usages',
    'http://localhost.example/usages',
    'ftp://127.0.0.1.example/',
  ])
    it(`never sends a key to ${url}`, async () => {
      asked.length = 0;
      assert.deepEqual(await ask(url), {
        kind: 'unreachable',
        cause: 'network',
        detail: 'ERR_NOT_HTTPS',
      });
      assert.deepEqual(asked, []);
    });

  for (const url of [
    'https://relay.example/usages',
    'http://127.0.0.1:8080/usages',
    'http://127.1.2.3/usages',
    'http://localhost/usages',
    'http://[::1]:8080/usages',
  ])
    it(`asks ${url}`, async () => assert.equal(await ask(url), 200));

  it('knows this machine by every form of its address', () => {
    for (const host of ['127.1', '0x7f.1', '2130706433', 'LOCALHOST', '[0:0::1]'])
      assert.ok(isLoopback(new URL(`http://${host}/`)), host);
  });
});
