// The moving picture of the README: a failing agent, the hover, the copied setting. Its frames are of
// the packaged extension in a real VS Code.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import upng from 'upng-js';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { root } from './paths.ts';
import { say } from './program.ts';
import { openWorkbench, type Workbench } from './workbench.ts';

const CONCURRENCY =
  "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.";
/** The corner of the window with the status bar and its hover. */
const VIEW = { width: 640, height: 330 };
const SCALE = 2;
/** Colors of the file: the frames have few. */
const COLORS = 128;

interface Frame {
  readonly png: Buffer;
  readonly delayMs: number;
}

/** Writes `media/moment.png`, an animated PNG. */
export async function takeMovingPicture(): Promise<void> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-moment-'));
  const kimi = await startKimiService();
  const workbench = await openWorkbench({
    account: kimi,
    env: { HOME: home },
    colorTheme: 'Dark Modern',
    scale: SCALE,
  });
  try {
    await writeMovingPicture(await framesOf(workbench, new KimiCodeBurst(home)));
  } finally {
    await workbench.close();
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function framesOf(workbench: Workbench, burst: KimiCodeBurst): Promise<Frame[]> {
  const { page } = workbench;
  const item = workbench.statusItem('quota');
  const frames: Frame[] = [];
  const shoot = async (delayMs: number): Promise<void> => {
    const { height = 720 } = page.viewportSize() ?? {};
    const clip = { x: 0, y: height - VIEW.height, ...VIEW };
    frames.push({ png: await page.screenshot({ clip }), delayMs });
  };
  await item.getByText('5h 84%').waitFor();
  await workbench.clearToasts();
  await shoot(1500);
  await burst.start(22);
  await burst.fail(6, CONCURRENCY, 403);
  await item.getByText(/Too many parallel · 22/).waitFor();
  await workbench.clearToasts();
  await shoot(1800);
  const hover = await workbench.hover(item, 'Copy Setting');
  await shoot(3500);
  const copy = hover.getByText('Copy Setting');
  await copy.hover();
  await shoot(1200);
  await copy.click();
  await page.mouse.move(VIEW.width, 0);
  await page.getByText(/Copied: KIMI_CODE/).waitFor();
  await hover.waitFor({ state: 'hidden' });
  await shoot(2500);
  return frames;
}

async function writeMovingPicture(frames: readonly Frame[]): Promise<void> {
  const images = frames.map(({ png }) => upng.toRGBA8(upng.decode(bytesOf(png)))[0]!);
  const delays = frames.map(({ delayMs }) => delayMs);
  const { width, height } = VIEW;
  const file = upng.encode(images, width * SCALE, height * SCALE, COLORS, delays);
  await writeFile(path.join(root, 'media/moment.png'), Buffer.from(file));
  say(`media/moment.png: ${Math.round(file.byteLength / 1024)} KB`);
}

const bytesOf = (png: Buffer): ArrayBuffer =>
  png.buffer.slice(png.byteOffset, png.byteOffset + png.byteLength) as ArrayBuffer;
