import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inBenchFolder } from './benchFolder.ts';
import type { BenchRow } from './benchRow.ts';
import { findFollowers, type Follower } from './rotationPeers.ts';
import { createScene, type Scenario, SCENARIOS } from './rotationScenarios.ts';

/** Others look every second, and read what has appeared a second later. */
const PAUSE_MS = 1_500;
const LAST_PAUSE_MS = 4_000;

interface Result {
  readonly lostCount: number;
  readonly repeatedCount: number;
}

/** What gets lost and what comes twice while logs are rotated, compared with other programs. */
export function benchRotation(): Promise<BenchRow[]> {
  return inBenchFolder(async folder => {
    const followers = findFollowers();
    const [ours, ...theirs] = await Promise.all(
      followers.map(follower =>
        Promise.all(
          SCENARIOS.map(it => follow(follower, it, join(folder, follower.name, it.title))),
        ),
      ),
    );
    const rows: BenchRow[] = [];
    for (const [i, { title }] of SCENARIOS.entries()) {
      const others = theirs.map(
        (results, n) => `${followers[n + 1]!.name} ${wordsOf(results[i]!)}`,
      );
      const { lostCount, repeatedCount } = ours![i]!;
      const name = `tail: ${title}, lost or repeated`;
      const figure = lostCount + repeatedCount;
      rows.push({ name, figure, unit: 'lines', limit: 0, peers: others.join(', ') });
    }
    return rows;
  });
}

const wordsOf = ({ lostCount, repeatedCount }: Result): string =>
  `${lostCount} and ${repeatedCount}`;

async function follow(follower: Follower, scenario: Scenario, folder: string): Promise<Result> {
  await mkdir(folder, { recursive: true });
  const scene = createScene(join(folder, 'a.log'), PAUSE_MS);
  if (!scenario.isMissing) await writeFile(scene.path, scene.lines(2));
  const end = await follower.follow(scene.path);
  await scene.pause();
  await scenario.run(scene);
  await new Promise(resolve => setTimeout(resolve, LAST_PAUSE_MS));
  const lines = await end();
  const seen = lines.flatMap(line => line.match(/限 \d+/) ?? []);
  const distinct = new Set(seen);
  return {
    lostCount: scene.keys.filter(key => !distinct.has(key)).length,
    repeatedCount: seen.length - distinct.size,
  };
}
