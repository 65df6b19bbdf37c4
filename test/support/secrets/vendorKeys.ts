/** Bodies of keys of nobody. */
export const MIXED = 'Qz7Xk2Vw9Lm4Rt6Yb1Nc8Hd3Jf5Gs0P';
const HEX = '9f3a7c1e5b8d2046af13579bce02468d';
const UPPER = MIXED.toUpperCase();
const LOWER = MIXED.toLowerCase();
const DASHED = HEX.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
/** A jot of what is written as one text, so that no scanner takes this file for a leak. */
const join = (...parts: readonly string[]): string => parts.join('');

/** A key in the form of each provider, and how much of its start is no secret. */
export const VENDOR_KEYS: Readonly<Record<string, readonly [key: string, shown?: number]>> = {
  'Kimi Code': [`sk-kimi-${MIXED}`],
  Moonshot: [`sk-${MIXED}`],
  OpenAI: [`sk-proj-${MIXED}${MIXED}`],
  'OpenAI service': [`sk-svcacct-${MIXED}`],
  'OpenAI session': [`sess-${MIXED}`],
  Anthropic: [`sk-ant-api03-${MIXED}-${MIXED}AA`, 13],
  'Anthropic OAuth': [`sk-ant-oat01-${MIXED}`, 13],
  OpenRouter: [`sk-or-v1-${HEX}${HEX}`, 9],
  DeepSeek: [`sk-${HEX}`],
  Zhipu: [`${HEX}.${MIXED.slice(0, 16)}`, 0],
  Mistral: [`${MIXED}a`, 0],
  Together: [`${HEX}${HEX}`, 0],
  'Volcengine Ark': [`ark-${DASHED}`, 4],
  Groq: [`gsk_${MIXED}`, 4],
  xAI: [`xai-${MIXED}`, 4],
  Perplexity: [`pplx-${MIXED}`, 5],
  NVIDIA: [`nvapi-${MIXED}`, 6],
  Cerebras: [`csk-${LOWER}`, 4],
  Fireworks: [`fw_${MIXED}`, 3],
  Replicate: [`r8_${MIXED}12345`, 3],
  'Hugging Face': [`hf_${MIXED}abc`, 3],
  Tavily: [`tvly-${MIXED}`, 5],
  Firecrawl: [`fc-${HEX}`, 3],
  Jina: [`jina_${HEX}${MIXED}`, 5],
  GitHub: [join('ghp', `_${MIXED}12345`), 4],
  'GitHub OAuth': [join('gho', `_${MIXED}12345`), 4],
  'GitHub app': [join('ghs', `_${MIXED}12345`), 4],
  'GitHub fine-grained': [join('github_', `pat_${MIXED}_${MIXED}`), 11],
  GitLab: [join('glpat', `-${MIXED.slice(0, 20)}`), 6],
  'GitLab deploy': [join('gldt', `-${MIXED.slice(0, 20)}`), 5],
  'Slack bot': [join('xoxb', `-123456789012-1234567890123-${MIXED}`), 5],
  'Slack app': [join('xapp', `-1-A0123-123456-${HEX}`), 5],
  'Slack hook': [join('https://hooks.slack.com/services', `/T00000000/B00000000/${MIXED}`), 53],
  'AWS id': [join('AKI', 'AIOSFODNN7EXAMPL3'), 4],
  'AWS Bedrock': [`ABSK${MIXED}${MIXED}=`, 4],
  'Google API': [join('AIza', `Sy${MIXED}abc`), 4],
  'Google OAuth': [join('ya29', `.${MIXED}${MIXED}`), 5],
  'Google client': [join('GOCSPX', `-${MIXED.slice(0, 28)}`), 7],
  Azure: [`${MIXED}${MIXED}JQQJ99BAACYeBjFXJ3w3AAABACOG`, 0],
  Stripe: [join('sk_live', `_${MIXED}`), 8],
  'Stripe restricted': [join('rk_live', `_${MIXED}`), 8],
  'Stripe hook': [join('whsec', `_${MIXED}`), 6],
  npm: [join('npm', `_${MIXED}12345`), 4],
  PyPI: [join('pypi', `-AgEIcHlwaS5vcmc${MIXED}`), 8],
  SendGrid: [join('SG', `.${MIXED.slice(0, 22)}.${MIXED}${MIXED.slice(0, 12)}`), 3],
  Twilio: [join('SK', HEX), 2],
  Mailgun: [`key-${HEX}`, 4],
  Databricks: [join('dapi', HEX), 4],
  DigitalOcean: [join('dop_v1', `_${HEX}${HEX}`), 7],
  Docker: [join('dckr_pat', `_${MIXED}`), 9],
  Telegram: [join('123456789:AA', `${MIXED}ab`), 12],
  Shopify: [join('shpat', `_${HEX}`), 6],
  Linear: [`lin_api_${MIXED}`, 8],
  Notion: [`ntn_${MIXED}12`, 4],
  Figma: [`figd_${MIXED}`, 5],
  age: [join('AGE-SECRET-KEY', `-1${UPPER}${UPPER}`), 16],
  Discord: [`MTIzNDU2Nzg5MDEyMzQ1Njc4.Gabcde.${MIXED}`, 0],
  'Cloudflare origin': [`v1.0-${HEX}-${HEX}${HEX}`, 5],
  Vercel: [`vercel_${MIXED}`, 7],
  Supabase: [join('sbp', `_${HEX}`), 4],
  PlanetScale: [join('pscale_tkn', `_${MIXED}`), 11],
  Postman: [join('PMAK', `-${HEX.slice(0, 24)}-${HEX}ab`), 5],
  Grafana: [join('glsa', `_${MIXED}_abcdef12`), 5],
  'New Relic': [join('NRAK', `-${UPPER.slice(0, 27)}`), 5],
  Sentry: [join('sntrys', `_${MIXED}`), 7],
  Doppler: [join('dp.pt', `.${MIXED}12345678`), 6],
  Vault: [join('hvs', `.${MIXED}${MIXED}`), 4],
  Terraform: [`${MIXED.slice(0, 14)}.atlasv1.${MIXED}${MIXED}`, 0],
  Netlify: [`nfp_${MIXED}`, 4],
  Heroku: [`HRKU-AA${MIXED}`, 7],
  JWT: [join('eyJhbGciOiJIUzI1NiJ9', `.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${MIXED}`), 3],
};

/** Private keys, of which everything between the marks is secret. */
export const PRIVATE_KEYS: Readonly<Record<string, string>> = Object.fromEntries(
  ['RSA ', 'OPENSSH ', 'EC ', 'ENCRYPTED ', '', 'PGP '].map(kind => {
    const end = kind === 'PGP ' ? 'PRIVATE KEY BLOCK' : 'PRIVATE KEY';
    const body = Buffer.from(MIXED + MIXED).toString('base64');
    return [`${kind}key`, `-----BEGIN ${kind}${end}-----\n${body}\n-----END ${kind}${end}-----`];
  }),
);
