import { mkdirSync } from 'node:fs';
import fc from 'fast-check';
import { useFolder } from '../support/archiveFixture.ts';
import { fileAction, TailModel } from '../support/tailModel.ts';

const isThorough = process.env.KIMI_QUOTA_THOROUGH === '1';

describe('LogTailer, against a model of a log', function () {
  if (isThorough) this.timeout(600_000);
  const inFolder = useFolder();
  let runCount = 0;
  const actions = fc.array(fileAction, { maxLength: 25 });
  const headers = fc.constantFrom('', '{"session":"s"}\n');

  it('L1: loses nothing and repeats nothing, whatever is done to the file', async () => {
    await fc.assert(
      fc.asyncProperty(actions, headers, async (actions, header) => {
        const folder = inFolder(`${runCount++}`);
        mkdirSync(folder);
        await new TailModel(folder, header).run(actions);
      }),
      { numRuns: isThorough ? 3_000 : 120 },
    );
  });
});
