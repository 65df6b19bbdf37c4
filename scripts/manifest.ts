// Generates parts of package.json and docs/settings.md from the tables of commands and settings:
// `npm run generate`. `test/tidy.test.ts` fails if they are out of date.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format } from 'prettier';
import { commandIds, commandNames } from '../src/core/commands.ts';
import { COMMANDS } from './commandTable.ts';
import { type Setting, settingNames, SETTINGS } from '../src/core/settings.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8');

const commands = commandNames.map(name => ({ ...COMMANDS[name], name }));

function commandOf({ name, icon, enablement, hasWholeTitle }: (typeof commands)[number]) {
  return {
    command: commandIds[name],
    title: `%command.${name}%`,
    ...(hasWholeTitle ? {} : { category: 'Kimi Quota' }),
    ...(icon === undefined ? {} : { icon: `$(${icon})` }),
    ...(enablement === undefined ? {} : { enablement }),
  };
}

/** Where the dashboard has buttons in its title. */
const TITLES = {
  'editor/title':
    "activeWebviewPanelId == 'kimiQuota.panel' || activeWebviewPanelId == 'kimiQuota.samplePanel'",
  'view/title': "view == 'kimiQuota.view'",
};

function menus(): Record<string, object[]> {
  const titled = commands.filter(({ isInTitle }) => isInTitle);
  const entries: Record<string, object[]> = Object.fromEntries(
    Object.entries(TITLES).map(([id, when]) => [
      id,
      titled.map(({ name }, index) => ({
        command: commandIds[name],
        when,
        group: `navigation@${index + 1}`,
      })),
    ]),
  );
  for (const { name, menu } of commands) {
    if (!menu) continue;
    const [id, when] = menu;
    (entries[id] ??= []).push({ command: commandIds[name], when, group: 'z_kimiQuota' });
  }
  const commandPalette = commands.flatMap(({ name, palette }) =>
    palette === undefined ? [] : [{ command: commandIds[name], when: palette }],
  );
  return { ...entries, commandPalette };
}

function choicesOf(name: string, choices: readonly string[] | undefined) {
  if (!choices) return {};
  return { enum: choices, enumDescriptions: choices.map(it => `%setting.${name}.${it}%`) };
}

/** What the settings editor accepts for a text; `core` ignores a text that it can't parse. */
const PATTERNS: Readonly<Record<string, string>> = {
  'guard.between': '^$|^([01]?\\d|2[0-3]):[0-5]\\d-([01]?\\d|2[0-3]):[0-5]\\d$',
};

function patternOf(name: string) {
  const pattern = PATTERNS[name];
  return pattern === undefined ? {} : { pattern, patternErrorMessage: `%setting.${name}.pattern%` };
}

function propertyOf(name: string, order: number): object {
  const setting = SETTINGS[name as never] as Setting;
  const { choices, default: value, range, scope = 'application' } = setting;
  const texts = choicesOf(name, choices);
  const items = range ? { type: 'number', ...range } : { type: 'string', ...texts };
  const type = Array.isArray(value)
    ? { type: 'array', items, uniqueItems: true }
    : { type: typeof value, ...texts, ...range, ...patternOf(name) };
  const markdownDescription = `%setting.${name}%`;
  return { ...type, default: value, scope, order, markdownDescription };
}

async function manifest(): Promise<string> {
  const whole = JSON.parse(await read('package.json')) as { readonly contributes: object };
  const properties = Object.fromEntries(
    settingNames.map((name, index) => [`kimiQuota.${name}`, propertyOf(name, index + 1)]),
  );
  Object.assign(whole.contributes, {
    commands: commands.map(commandOf),
    configuration: { title: 'Kimi Quota', properties },
    menus: menus(),
  });
  return `${JSON.stringify(whole, null, 2)}\n`;
}

async function settingsPage(): Promise<string> {
  const texts = JSON.parse(await read('package.nls.json')) as Record<string, string>;
  const sections = settingNames.map(name => {
    const { choices, default: value, scope = 'application' } = SETTINGS[name] as Setting;
    const usual = value === choices ? 'all' : `\`${JSON.stringify(value).replaceAll(',', ', ')}\``;
    const meanings = (choices ?? []).map(it => `- \`${it}\`: ${texts[`setting.${name}.${it}`]}`);
    return [
      `## \`kimiQuota.${name}\``,
      `Default: ${usual}. Scope: ${scope}.`,
      texts[`setting.${name}`],
      ...(meanings.length > 0 ? [meanings.join('\n')] : []),
    ].join('\n\n');
  });
  const page = `# Settings

\`npm run generate\` writes this page from \`src/core/settings.ts\` and \`package.nls.json\`.

A setting of the scope \`application\` is set only in your user settings: no workspace, container or
remote machine can change it. One of the scope \`machine\` can also be set on the remote machine, and
one of the scope \`window\` also by a workspace. A value that is not allowed counts as not set. In a
list, an element that is not allowed is left out.

${sections.join('\n\n')}
`;
  return format(page, { parser: 'markdown' });
}

/** The text of each generated file, by its path from the root. */
export async function generatedFiles(): Promise<Readonly<Record<string, string>>> {
  return { 'package.json': await manifest(), 'docs/settings.md': await settingsPage() };
}

if (import.meta.main)
  for (const [file, text] of Object.entries(await generatedFiles()))
    await writeFile(path.join(ROOT, file), text);
