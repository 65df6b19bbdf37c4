import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { Agent } from '../../src/core/agents/agent.ts';
import { crush } from '../../src/core/agents/crush.ts';
import { kimiCode } from '../../src/core/agents/kimiCode.ts';
import { otherLogs } from '../../src/core/agents/otherLogs.ts';
import { openReader } from '../../src/core/agents/readerDoor.ts';
import type { Checkpoint, TailedSignal } from '../../src/core/agents/tail.ts';
import { openArchive, useFolder } from '../support/archiveFixture.ts';
import { leaksIn, secretShapes } from '../support/secrets/shapes.ts';
import { NOW } from '../support/snapshots.ts';
import { batch, checkpoint } from '../support/tailBatches.ts';

const SHAPES = secretShapes().filter((_, index) => index % 9 === 4);

/** A failure with these words, as each agent logs it. */
const LOGS: readonly [agent: Agent, format: string, line: (words: string, at: number) => string][] =
  [
    [
      kimiCode,
      'log',
      (words, at) =>
        `${new Date(at).toISOString()} WARN  llm request failed  turnStep=0.1 errorName=X errorMessage=${JSON.stringify(`429 ${words}`)} statusCode=429`,
    ],
    [
      crush,
      'log',
      (words, at) =>
        JSON.stringify({
          time: new Date(at).toISOString(),
          msg: 'Provider request failed, retrying',
          status_code: 429,
          message: words,
        }),
    ],
    [
      otherLogs,
      'lines',
      (words, at) =>
        `${new Date(at).toISOString()} ERROR openai.RateLimitError: Error code: 429 - ${words.replaceAll('\n', ' ')}`,
    ],
  ];

describe('SqliteArchive: secrets of every form in logs', () => {
  const inFolder = useFolder();

  it('none is in the bytes of its files: texts, identities and what readers remember', async () => {
    const { archive } = openArchive(inFolder('archive.db'));
    let count = 0;
    for (const [agent, format, line] of LOGS) {
      const reader = openReader(agent, { relativePath: 'a/s/logs/b.log', format });
      const signals: TailedSignal[] = [];
      const checkpoints: Checkpoint[] = [];
      for (const [index, { text }] of SHAPES.entries()) {
        const record = { text: line(text, NOW - 60_000 + index), byteOffset: index, isWhole: true };
        for (const signal of reader.read(record, NOW))
          signals.push({ signal, file: 'f', byteOffset: index });
        const memory = reader.saveMemory();
        const fingerprint = `${agent.id} ${index}`;
        if (memory !== undefined) checkpoints.push(checkpoint(fingerprint, { memory }));
      }
      count += (await archive.commitTail(batch(signals, checkpoints))).length;
      assert.ok(checkpoints.length > 0);
    }
    archive.dispose();
    assert.ok(count > SHAPES.length * 2, `${count}`);
    const bytes = readdirSync(inFolder()).map(name => readFileSync(inFolder(name), 'utf8'));
    assert.deepEqual(leaksIn(bytes.join('\n'), SHAPES), []);
  });
});
