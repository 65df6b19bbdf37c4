/** A model of Kimi Code as the service knows it. */
export interface Model {
  readonly id: string;
  /** In tokens: prompt and answer together. */
  readonly contextLength: number;
  readonly displayName: string;
  /** The lowest membership level that may use it; absent means all. */
  readonly lowestLevel?: string;
  /** How many times the quota of an ordinary token one of its tokens takes (kimi.md 9.1). */
  readonly costFactor: number;
}

const K256 = 262_144;

/** The ids of kimi.md section 3. Only the 256K figure is documented; the larger one is made up. */
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
