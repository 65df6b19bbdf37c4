/** A model of Kimi Code as the service knows it. */
export interface Model {
  readonly id: string;
  /** In tokens of the prompt. */
  readonly contextLength: number;
  readonly displayName: string;
  /** The lowest membership level that may use it; absent means all. */
  readonly lowestLevel?: Level;
  /** How many times the quota of an ordinary token one of its tokens takes (docs/kimi.md 9.1). */
  readonly costFactor: number;
}

/** Membership levels from the lowest to the highest (docs/kimi.md 2.2). */
const LEVELS = [
  'LEVEL_FREE',
  'LEVEL_TRIAL',
  'LEVEL_BASIC',
  'LEVEL_INTERMEDIATE',
  'LEVEL_ADVANCED',
] as const;

type Level = (typeof LEVELS)[number];

/** 256K, the one context length that Kimi's texts name. */
export const K256 = 262_144;

/** The ids of docs/kimi.md 3. The length of `k3` above 256K is made up. */
export const MODELS: readonly Model[] = [
  {
    id: 'k3',
    contextLength: 4 * K256,
    displayName: 'Kimi K3',
    lowestLevel: 'LEVEL_BASIC',
    costFactor: 1,
  },
  { id: 'k3-256k', contextLength: K256, displayName: 'Kimi K3 256K', costFactor: 1 },
  { id: 'kimi-for-coding', contextLength: K256, displayName: 'Kimi for Coding', costFactor: 1 },
  {
    id: 'kimi-for-coding-highspeed',
    contextLength: K256,
    displayName: 'Kimi for Coding Highspeed',
    lowestLevel: 'LEVEL_INTERMEDIATE',
    costFactor: 3,
  },
];

/** Whether a membership level falls short of the needed one; a level we do not know never does. */
export function isLevelBelow(level: string, needed: Level | undefined): boolean {
  const rank = (LEVELS as readonly string[]).indexOf(level);
  return needed !== undefined && rank >= 0 && rank < LEVELS.indexOf(needed);
}

/** A model as `GET /models` lists it. */
export function listedModel(model: Model): Record<string, unknown> {
  return {
    id: model.id,
    object: 'model',
    context_length: model.contextLength,
    display_name: model.displayName,
    supports_reasoning: true,
    supports_image_in: true,
    supports_video_in: false,
    supports_tool_use: true,
    supports_thinking_type: 'both',
    think_efforts: {
      support: true,
      valid_efforts: ['low', 'medium', 'high', 'max'],
      default_effort: 'medium',
    },
    protocol: 'openai',
  };
}
