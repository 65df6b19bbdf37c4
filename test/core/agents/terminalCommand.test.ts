import assert from 'node:assert/strict';
import { parseTerminalCommand } from '../../../src/core/agents/terminalOutput.ts';

describe('parseTerminalCommand', () => {
  const started: [commandLine: string, agent: string, isResumed?: boolean][] = [
    ['kimi', 'kimi-code'],
    ['claude -p "why 429?"', 'claude-code'],
    ['~/.local/bin/claude', 'claude-code'],
    ['"/opt/my tools/opencode" run hi', 'opencode'],
    ['C:\\Users\\me\\AppData\\Roaming\\npm\\codex.cmd exec hi', 'codex'],
    ['& "C:\\Program Files\\nodejs\\qwen.ps1"', 'qwen-code'],
    ['FOO=1 BAR="a b" openclaw', 'openclaw'],
    ["env KIMI_API_KEY='x y' kimi-code", 'kimi-code'],
    ['sudo -E -u me kimi', 'kimi-code'],
    ['timeout 60 cline task', 'cline'],
    ['cd web && nohup cn -p hi', 'continue'],
    ['git diff | claude -p review', 'claude-code'],
    ['(crush)', 'crush'],
    ['goose session', 'goose'],
    ['python3 -m aider', 'aider'],
    ['uv tool run aider-chat', 'aider'],
    ['npx -y @anthropic-ai/claude-code@latest', 'claude-code'],
    ['npx --yes -p node@22 opencode-ai@1.0.0', 'opencode'],
    ['npm exec -- @openai/codex', 'codex'],
    ['pnpm dlx @qwen-code/qwen-code', 'qwen-code'],
    ['bunx @moonshot-ai/kimi-code@0.43.1', 'kimi-code'],
    ['bun x kilo', 'kilo-code'],
    ['uvx --from kimi-cli kimi', 'kimi-cli'],
    ['node ./node_modules/.bin/kilocode.js', 'kilo-code'],
    ['cmd /c claude', 'claude-code'],
    ['droid', 'droid'],
    ['pi -p x', 'pi'],
    ['npx @github/copilot', 'copilot'],
    ['claude --resume', 'claude-code', true],
    ['kimi -C', 'kimi-code', true],
    ['codex resume --last', 'codex', true],
    ['opencode -c', 'opencode', true],
  ];
  for (const [commandLine, agent, isResumed = false] of started)
    it(`${commandLine}: ${agent}${isResumed ? ', resumed' : ''}`, () =>
      assert.deepEqual(parseTerminalCommand(commandLine), { agent, isResumed }));

  const others = [
    '',
    'ls',
    'cat ~/.kimi/logs/kimi.log',
    'grep -r claude .',
    'which kimi',
    'echo "claude"; ls',
    'npm install opencode-ai',
    'npm test',
    'git commit -m "kimi && claude"',
    'sudo apt install goose',
    './claude-usage',
    'man codex',
    `echo ${'x'.repeat(3000)}; claude`,
  ];
  for (const commandLine of others)
    it(`${commandLine.slice(0, 40)}: none`, () =>
      assert.equal(parseTerminalCommand(commandLine), undefined));
});
