import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { Agent, LogFile, Surroundings } from '../../../src/core/agents/agent.ts';
import { agents } from '../../../src/core/agents/agents.ts';
import { fixtureLines } from '../../support/agentLogs.ts';
import { assertLinear } from '../../support/growth.ts';

const LENGTH = 32 * 1024;
/** Text that makes patterns backtrack: spaces, brackets, quotes, and the starts of wrappings. */
const UNITS = [
  ...['\n', ' ', '\t', '\\"a', '"', "'", '\\', '[', '{"a":', "{'a': ", ', ', ': ', 'a', '=', '/'],
  ...['|', '. ', '<', '(', '429 ', 'Error: ', 'a.B: ', '\nRetry', ', url: ', ' (', '- ', '\u2500'],
];
/** Names that every object has. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

const SURROUNDINGS: Surroundings = {
  home: '/h',
  tmp: '/tmp',
  platform: 'linux',
  env: {},
  workspaces: ['/w'],
  otherLogs: ['/o/*.log', '/o/*.json'],
};

/** A text inside a record that the test replaces. */
interface Field {
  readonly name: string;
  readonly value: string;
  readonly withValue: (value: string) => string;
}

function jsonFields(record: unknown): Field[] {
  const fields: Field[] = [];
  const visit = (value: unknown, path: string, withValue: (value: unknown) => unknown): void => {
    if (typeof value === 'string') {
      const write = (text: string): string => JSON.stringify(withValue(text));
      fields.push({ name: path, value, withValue: write });
      // A record within a record.
      if (/^[[{]/.test(value))
        for (const inner of fieldsOf(value))
          fields.push({
            ...inner,
            name: `${path}>${inner.name}`,
            withValue: t => write(inner.withValue(t)),
          });
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries())
        visit(item, `${path}[]`, it => withValue(value.with(i, it)));
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value))
        visit(item, `${path}.${key}`, it => withValue({ ...value, [key]: it }));
    }
  };
  visit(record, '', value => value);
  return fields;
}

function fieldsOf(line: string): Field[] {
  try {
    return jsonFields(JSON.parse(line));
  } catch {
    // Values behind a name or a label, in quotes or without.
    const values = /([\w.-]+)(?:=|: )("(?:\\.|[^"\\])*"|'[^']*'|[^\s"']+)|(?<=: |  )(\S.*)$/g;
    return [...line.matchAll(values)].map(({ 0: all, 1: name = 'rest', index }) => {
      const quote = /["']$/.exec(all)?.[0] ?? '';
      const start = index + all.search(/(?<==|: )./s);
      const from = name === 'rest' ? index : start + quote.length;
      const to = index + all.length - quote.length;
      return {
        name: `${line.replace(/[^a-z ]/gi, '').slice(0, 24)} ${name}`,
        value: line.slice(from, to),
        withValue: value =>
          line.slice(0, from) +
          (quote ? JSON.stringify(value).slice(1, -1) : value) +
          line.slice(to),
      };
    });
  }
}

function recordsOf(fixture: string): string[] {
  const lines = fixtureLines(fixture);
  if (!fixture.endsWith('.json')) return lines;
  const whole: unknown = JSON.parse(lines.join('\n'));
  const inner = Array.isArray(whole) ? whole : Object.values(Object(whole)).flat();
  return inner.map(record => JSON.stringify(record));
}

type Read = (record: string) => readonly unknown[];

/** Every field of every kind of record once, with a reader that has read the earlier records. */
function fieldsIn(agent: Agent, fixtures: readonly string[]): [field: Field, read: Read][] {
  const found = new Map<string, [Field, Read]>();
  for (const format of new Set(agent.sources(SURROUNDINGS).map(source => source.format))) {
    const file: LogFile = { relativePath: 'a/b/c/d.log', format };
    const read = (text: string, memory?: string) => {
      const reader = agent.createReader(file, memory);
      return { reader, signals: reader.read({ text, byteOffset: 0, isWhole: true }) };
    };
    for (const fixture of fixtures) {
      let memory: string | undefined;
      for (const record of recordsOf(fixture)) {
        const before = memory;
        const { reader, signals } = read(record, before);
        memory = reader.saveMemory();
        // A skipped record is skipped immediately.
        if (signals.length === 0 && memory === before) continue;
        const kind = /"(?:type|say|event|msg|subtype)":"[^"]*"/.exec(record)?.[0];
        for (const field of fieldsOf(record))
          found.set(`${format} ${kind} ${field.name}`, [field, text => read(text, before).signals]);
      }
    }
  }
  return [...found.values()];
}

const FOLDER = new URL('../../fixtures/logs/', import.meta.url);

for (const agent of agents) {
  describe(`${agent.name}: hostile text inside every field`, () => {
    const fixtures = readdirSync(new URL(agent.id, FOLDER)).map(name => `${agent.id}/${name}`);
    const fields = fieldsIn(agent, fixtures);

    it('has fields', () => assert.ok(fields.length > 0));

    for (const [field, read] of fields)
      it(`${field.name}: is read in linear time`, () => {
        for (const unit of UNITS)
          for (const isBehind of [true, false])
            assertLinear(
              length => {
                const hostile = unit.repeat(length / unit.length);
                read(field.withValue(isBehind ? field.value + hostile : hostile + field.value));
              },
              LENGTH,
              JSON.stringify(unit),
            );
      });

    it('may be a name on the object prototype', () => {
      for (const [field, read] of fields)
        for (const name of NAMES) assert.ok(Array.isArray(read(field.withValue(name))), field.name);
    });
  });
}
