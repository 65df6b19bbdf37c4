import type { Agent } from './agent.ts';
import { claudeCode } from './claudeCode/claudeCode.ts';
import { continueDev } from './continueDev.ts';
import { kimiCli } from './kimiCli.ts';
import { kimiCode } from './kimiCode.ts';
import { openClaw } from './openClaw.ts';
import { pi } from './pi.ts';
import { droid } from './droid.ts';
import { copilotChat } from './copilotChat.ts';
import { copilotCli } from './copilotCli.ts';
import { openCode } from './openCode/openCode.ts';
import { qwenCode } from './qwenCode.ts';
import { codex } from './codex/codex.ts';
import { crush } from './crush.ts';
import { goose } from './goose.ts';
import { aider } from './aider.ts';
import { cline } from './cline/cline.ts';
import { otherLogs } from './otherLogs.ts';
import { rooCode } from './rooCode.ts';
import { kiloCode } from './kiloCode.ts';

/** Every agent whose logs are read. Adding one is a file and a line here. */
export const agents: readonly Agent[] = [
  kimiCode,
  claudeCode,
  openCode,
  openClaw,
  pi,
  droid,
  copilotCli,
  copilotChat,
  qwenCode,
  kimiCli,
  codex,
  continueDev,
  crush,
  goose,
  aider,
  cline,
  rooCode,
  kiloCode,
  otherLogs,
];
