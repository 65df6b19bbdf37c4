import assert from 'node:assert/strict';
import { agents } from '../../../src/core/agents/agents.ts';
import { HOSTILE, RECORD_STARTS } from '../../support/hostile/texts.ts';

/** A backtracking pattern would take hours for one such line. */
const LENGTH = 256 * 1024;

const SURROUNDINGS = {
  home: '/h',
  tmp: '/tmp',
  platform: 'linux',
  env: {},
  workspaces: ['/w'],
  otherLogs: ['/o/*.log', '/o/*.json'],
} as const;

describe('agents: lines that provoke backtracking', () => {
  for (const agent of agents)
    it(`L19: ${agent.name} reads each in linear time`, () => {
      const formats = new Set(agent.sources(SURROUNDINGS).map(({ format }) => format));
      for (const format of formats) {
        const reader = agent.createReader({ relativePath: 'a/b.log', format });
        const units = [...HOSTILE, ...agent.failureAnchors];
        for (const start of RECORD_STARTS)
          for (const unit of units) {
            const text = start + unit.repeat(LENGTH / unit.length);
            assert.ok(Array.isArray(reader.read({ text, byteOffset: 0, isWhole: true })));
          }
      }
    });
});
