import type { ConfigForm } from '../core/agents/configPlaces.ts';

/**
 * Parses an agent's configuration; undefined if it is invalid. A parser loads with the first file
 * that needs it. `json` may be JSON5: OpenCode and Crush allow comments and trailing commas,
 * OpenClaw names without quotes. YAML has strings, lists and mappings only: numbers stay strings.
 */
export async function parseConfig(form: ConfigForm, text: string): Promise<unknown> {
  try {
    return await PARSERS[form](text);
  } catch {
    // Without the parser's message, which may quote a line with a key.
    return undefined;
  }
}

const PARSERS: Readonly<Record<ConfigForm, (text: string) => unknown>> = {
  toml: async text => (await import('smol-toml')).parse(text),
  json: parseJson5,
  yaml: async text => {
    const { FAILSAFE_SCHEMA, load } = await import('js-yaml');
    return load(text, { schema: FAILSAFE_SCHEMA });
  },
  env: parseDotenv,
};

async function parseJson5(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return (await import('json5')).default.parse(text);
  }
}

/** The variables of a `.env` file: one per line, without expansion. */
function parseDotenv(text: string): Record<string, string> {
  const line = /^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s#]*)/gm;
  return Object.fromEntries(
    [...text.matchAll(line)].map(([, name, value = '']) => [
      name,
      /^["']/.test(value) ? value.slice(1, -1) : value,
    ]),
  );
}
