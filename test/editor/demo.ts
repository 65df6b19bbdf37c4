import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const notes = `# Kimi Quota, live

Below, at the left of the status bar, stands what is left of the quota: \`5h 84% · wk 67% · mo 81%\`.
Without a key of your own the numbers come from a stand-in of Kimi on this machine, and creep up.

- **Point at it**: when each window resets, how many requests may run at once, how old this is.
- **Wait a quarter of a minute**: a swarm of Kimi Code asks too much at once in a log on this machine,
  and the status bar says what it was. Press F1 and run **Kimi Quota: Explain Last Error**.
- **Click it**, or press F1 and run **Check Kimi Quota**: asks now, and shows what can be done.
- Press F1 and run **Kimi Quota: Open Panel** for the history, or type **Kimi Quota** for every command.
- In the settings, search for **Kimi Quota**: used instead of left, or less room in the status bar.
`;

/** Writes the folder that `npm start` opens, and gives the file to begin with. */
export async function writeDemo(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const notesPath = path.join(folder, 'README.md');
  await writeFile(notesPath, notes);
  return notesPath;
}
