/** The characters that may follow a key's prefix. */
export type KeyBody = 'word' | 'dotted' | 'base64';

/** The format of a provider's keys. */
export interface KeyShape {
  readonly start: string;
  readonly body: KeyBody;
  /** The minimum number of characters after the prefix. */
  readonly fewest: number;
  /** Prefixes that also begin words: a key must contain a digit. */
  readonly needsDigit?: boolean;
  /** So rare that it also counts inside other letters, as in `%3Dsk-…`. */
  readonly isRare?: boolean;
}

type Row = readonly [starts: string, fewest: number, body?: KeyBody, kind?: 'rare' | 'digit'];

/**
 * Key prefixes. Above each row: the gitleaks rule with the same prefix (its public configuration,
 * `config/gitleaks.toml`), or the provider whose documentation shows it. Shorter bodies than in
 * those rules count too, because logs cut keys.
 */
const TABLE: readonly Row[] = [
  // openai-api-key, anthropic-api-key, Kimi
  ['sk-', 8, 'word', 'rare'],
  // The same in capital letters
  ['SK- Sk- sk_kimi_ SK_KIMI_', 12, 'word', 'digit'],
  // stripe-access-token
  ['sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_', 8, 'word', 'rare'],
  // github-pat, github-oauth, github-app-token
  ['ghp_ gho_ ghu_ ghs_ ghr_', 8, 'word', 'rare'],
  // github-fine-grained-pat
  ['github_pat_', 8, 'word', 'rare'],
  // gitlab-pat
  ['glpat-', 8, 'dotted', 'rare'],
  // gitlab-*
  ['gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct-', 16, 'dotted'],
  // slack-bot-token
  ['xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xoxe.', 8, 'dotted', 'rare'],
  // slack-app-token
  ['xapp-', 10, 'word', 'rare'],
  // aws-access-token
  ['AKIA ASIA ABIA ACCA', 8, 'word', 'rare'],
  // aws-amazon-bedrock-api-key
  ['ABSK bedrock-api-key-', 20, 'base64', 'digit'],
  // gcp-api-key
  ['AIza', 8, 'word', 'rare'],
  // Google OAuth
  ['ya29. GOCSPX-', 12, 'dotted', 'rare'],
  // jwt
  ['eyJ', 8, 'dotted', 'rare'],
  // jwt-base64
  ['ZXlK', 12, 'base64', 'rare'],
  // huggingface-access-token
  ['hf_ api_org_', 8, 'word', 'rare'],
  // npm-access-token
  ['npm_', 8, 'word', 'rare'],
  // pypi-upload-token
  ['pypi-AgE', 12, 'word', 'rare'],
  // Groq, Replicate
  ['gsk_ r8_', 8, 'word', 'rare'],
  // NVIDIA, xAI
  ['nvapi- xai-', 8, 'word', 'rare'],
  // perplexity-api-key
  ['pplx-', 8, 'word', 'rare'],
  // Cerebras, Fireworks, Jina
  ['csk- fw_ fw- jina_', 12, 'word', 'digit'],
  // Tavily, Firecrawl, Volcengine Ark
  ['tvly- fc- ark-', 16, 'word', 'digit'],
  // OpenAI sessions
  ['sess-', 16, 'word', 'digit'],
  // sendgrid-api-token
  ['SG.', 16, 'dotted', 'digit'],
  // sendinblue-api-token
  ['xkeysib-', 12, 'word'],
  // Stripe webhooks
  ['whsec_', 12, 'base64'],
  // twilio-api-key
  ['SK', 32, 'word', 'digit'],
  // mailgun-private-api-token
  ['key- pubkey-', 32, 'word', 'digit'],
  // databricks-api-token
  ['dapi', 32, 'word', 'digit'],
  // digitalocean-pat
  ['dop_v1_ doo_v1_ dor_v1_', 12, 'word'],
  // Docker
  ['dckr_pat_ dckr_oat_', 12, 'word'],
  // shopify-access-token
  ['shpat_ shpca_ shppa_ shpss_', 12, 'word'],
  // linear-api-key
  ['lin_api_ lin_oauth_', 12, 'word'],
  // notion-api-token
  ['ntn_', 12, 'word', 'digit'],
  // Figma
  ['figd_ figu_', 12, 'word'],
  // age-secret-key
  ['AGE-SECRET-KEY-1', 12, 'word', 'rare'],
  // cloudflare-origin-ca-key
  ['v1.0-', 32, 'word', 'digit'],
  // Vercel, Supabase
  ['vercel_ vcp_ sbp_ sb_secret_', 16, 'word', 'digit'],
  // planetscale-api-token
  ['pscale_tkn_ pscale_oauth_ pscale_pw_', 12, 'dotted'],
  // postman-api-token
  ['PMAK-', 12, 'word'],
  // grafana-cloud-api-token
  ['glc_ glsa_', 16, 'base64', 'digit'],
  // new-relic-user-api-key
  ['NRAK- NRJS- NRII-', 12, 'word'],
  // sentry-org-token, sentry-user-token
  ['sntrys_ sntryu_', 12, 'base64'],
  // doppler-api-token
  ['dp.pt. dp.st.', 16, 'dotted'],
  // vault-service-token
  ['hvs. hvb. hvr.', 12, 'word', 'rare'],
  // alibaba-access-key-id, Tencent
  ['LTAI AKID', 12, 'word', 'digit'],
  // JFrog
  ['AKCp cmVmdGtu', 16, 'word', 'digit'],
  // atlassian-api-token
  ['ATATT3 ATCTT3', 16, 'base64'],
  // dynatrace-api-token
  ['dt0c01.', 16, 'dotted'],
  // flyio-access-token
  ['fo1_ fm1_ fm2_', 16, 'base64', 'digit'],
  // heroku-api-key-v2
  ['HRKU-', 16, 'word'],
  // infracost-api-token
  ['ico-', 32, 'word', 'digit'],
  // netlify-access-token
  ['nfp_', 16, 'word', 'digit'],
  // openshift-user-token
  ['sha256~', 16, 'word'],
  // prefect-api-token, pulumi-api-token
  ['pnu_ pul-', 32, 'word', 'digit'],
  // readme-api-token, rubygems-api-token
  ['rdme_ rubygems_', 16, 'word', 'digit'],
  // square-access-token
  ['sq0atp- sq0csp- EAAA', 16, 'word', 'digit'],
  // shippo-api-token
  ['shippo_live_ shippo_test_', 12, 'word'],
  // clojars-api-token
  ['CLOJARS_', 16, 'word'],
  // duffel-api-token
  ['duffel_live_ duffel_test_', 12, 'word'],
  // frameio-api-token
  ['fio-u-', 16, 'word'],
  // flutterwave-secret-key
  ['FLWSECK', 12, 'word'],
  // `sk-`, `sk-kimi-` in base64, at each offset
  ['c2st zay0 zay1', 8, 'base64', 'rare'],
  // The same
  ['HNrL XNrL nNrL 3NrL NrLWtpbWkt', 8, 'base64', 'rare'],
  // The same in base64 twice
  ['YzJzd GF5M', 12, 'base64', 'digit'],
  // `sk-` in hexadecimal digits
  ['736b2d 736B2D 534b2d 534B2D', 8, 'word', 'rare'],
];

/** Each format by its prefix. */
export const KEY_SHAPES: ReadonlyMap<string, KeyShape> = new Map(
  TABLE.flatMap(([starts, fewest, body = 'word', kind]) =>
    starts.split(' ').map((start): [string, KeyShape] => [
      start,
      {
        start,
        body,
        fewest,
        ...(kind === 'digit' ? { needsDigit: true } : {}),
        ...(kind === 'rare' ? { isRare: true } : {}),
      },
    ]),
  ),
);

const literal = (text: string): string => text.replace(/\./g, '\\.');

/** Finds the prefixes; the longest first. */
export const keyStarts = (): RegExp =>
  new RegExp(
    [...KEY_SHAPES.keys()]
      .toSorted((a, b) => b.length - a.length)
      .map(literal)
      .join('|'),
    'g',
  );

/** Keys without a prefix that are recognized by their whole form. */
export const WHOLE_KEYS: readonly RegExp[] = [
  // Zhipu: `<id>.<secret>`.
  /(?<![A-Za-z\d])[\da-f]{32}\.[A-Za-z\d]{16,64}/g,
  // gitleaks: hashicorp-tf-api-token.
  /(?<![A-Za-z\d])[A-Za-z\d]{14}\.atlasv1\.[\w-]{8,512}/g,
  // gitleaks: telegram-bot-api-token.
  /(?<!\d)\d{8,10}:A[\w-]{34}/g,
  // The bytes of `sk-` as numbers, or as separated hexadecimal digits.
  /(?<!\d)115, ?107, ?45(?:, ?\d{1,3}){6,512}/g,
  /(?<![\da-f])73[ :,-]?6b[ :,-]2d(?:[ :,-]?[\da-f]{2}){6,512}/gi,
  /(?<![\da-f])736b[ :,-]2d[\da-f]{2}(?:[ :,-]?[\da-f]{2}){6,512}/gi,
  // One letter at a time.
  /(?<![\w-])(?:[\w-][ \u00A0\u2009]){15,512}[\w-](?![\w-])/g,
];
