/** Apart, or a scanner would take this file for a leak. */
const TOKEN = 'Token';
/** Names of fields, variables and headers that end like a secret's. */
const NAMES =
  `api_key apiKey API_KEY api-key x-api-key X-API-Key apikey KIMI_API_KEY MOONSHOT_API_KEY
  OPENAI_API_KEY ANTHROPIC_AUTH_TOKEN AZURE_OPENAI_KEY KIMI_KEY access_key accessKey AccountKey
  SharedAccessKey secretKey secretAccessKey AWS_SECRET_ACCESS_KEY secret_key_base encryption_key
  license_key signing_key private_key privateKey X-Auth-Key Ocp-Apim-Subscription-Key x-goog-api-key
  password Password PASSWORD passwd pwd PGPASSWORD MYSQL_PWD DB_PASS db_password dbPassword passphrase
  pass passcode secret client_secret clientSecret appSecret webhook_secret msh-secret token MYTOKEN
  GITHUBTOKEN access_token accessToken refresh_token id_token oauth_token oauth_token_secret csrf_token
  xsrf-token bearer_token X-Auth-Token X-Amz-Security-Token x-msh-device-token _auth${TOKEN} auth${TOKEN}
  session_id sessionid JSESSIONID PHPSESSID session-token kimi-auth _auth credential credentials
  signature X-Amz-Signature`.split(/\s+/);
/** In other languages. */
const FOREIGN = '密钥 秘钥 令牌 密码 口令 API密钥 пароль パスワード Schlüssel'.split(' ');

/** Separators between a name and its value: `N`, `V`. */
const PAIRS = [
  'N=V',
  'N="V"',
  "N='V'",
  'N: V',
  '"N":"V"',
  '"N": "V"',
  "'N': 'V'",
  '{\\"N\\":\\"V\\"}',
  '{\\\\\\"N\\\\\\":\\\\\\"V\\\\\\"}',
  '&quot;N&quot;:&quot;V&quot;',
  '%22N%22%3A%22V%22',
  'N => V',
  ':N => "V"',
  'N -> V',
  'N    =    V',
  'N\t=\tV',
  'N：V',
  'N＝V',
  '<N>V</N>',
  '<N value="V"/>',
  'N: |\n  V',
  'N = [V]',
  "N={'value': 'V'}",
  '{"name":"N","value":"V"}',
  "N=SecretStr('V')",
] as const;

/** Sentences, calls and options: only a value that is no word shows there. */
const IN_WORDS = [
  'N is V',
  "N 'V' is invalid",
  'N V was revoked',
  'using N V',
  'N provided: V',
  'N(V)',
  "N('V')",
  '["N", "V"]',
  "('N', 'V')",
  'N\nV',
] as const;

/** Whole forms of their own. */
const OTHERS = [
  'Authorization: Bearer V',
  'authorization: bearer V',
  '"Authorization":"Bearer V"',
  'Authorization=Bearer%20V',
  "'Authorization': 'Token V'",
  'Authorization: Basic V',
  'Proxy-Authorization: Basic V',
  'Authorization Basic V',
  'Bearer V',
  'Bearer "V"',
  "Bearer 'V'",
  'Bearer: V',
  'Bearer=V',
  '授权：Bearer V',
  '-H "Authorization: Bearer V"',
  'curl -u admin:V https://h.example',
  "curl -u 'me:V' https://h.example",
  'curl --user me:V https://h.example',
  '--api-key V',
  '--api-key=V',
  '--token V',
  '--token "V"',
  '--password V',
  '--client-secret V',
  '$env:KIMI_API_KEY="V"',
  'set KIMI_KEY=V',
  'export KIMI_API_KEY=V',
  'Cookie: kimi-auth=V; theme=dark',
  'Set-Cookie: kimi-auth=V; HttpOnly; Path=/',
  'cookie: a=b; session=V; c=d',
  '"cookie": "kimi-auth=V; x=y"',
  'connect.sid=s%3AV',
  '__Secure-next-auth.session-token=V',
  'AccountKey=V==;EndpointSuffix=core.windows.net',
  'SharedAccessSignature sr=x&sig=V&se=1',
  `//packages.example/:_auth${TOKEN}=V`,
  'https://me:V@relay.example/v1',
  'https://V@relay.example/v1',
  'redis://:V@127.0.0.1:6379',
  'postgres://u:V@h/db',
  'amqp://u:p%40V@h',
  'https://h.example/v1?api_key=V',
  'https://h.example/#access_token=V&type=bearer',
  'wss://h.example/?token=V',
  'https://h.example/v1?sig=V&x=1',
  'api%5Fkey%3DV',
  'api&#95;key&#61;V',
  'api_key := V',
  'headers: [["authorization","Bearer V"]]',
  'Headers { authorization: V }',
] as const;

/** A text with a secret in it that shows by its name. */
export interface NamedSecret {
  readonly name: string;
  readonly textOf: (value: string) => string;
  /** A password of words shows as well as a key. */
  readonly isSure: boolean;
}

/** A name in each form, and each name in some. */
export const NAMED_SECRETS: readonly NamedSecret[] = [
  ...NAMES.flatMap((name, index) =>
    PAIRS.filter((_, pair) => (pair + index) % 3 === 0).map(pair => sure(pair, name)),
  ),
  ...FOREIGN.flatMap(name => ['N=V', 'N：V', 'N: V', '"N":"V"'].map(pair => sure(pair, name))),
  ...['key', 'API key', 'token', '密钥', 'x-api-key'].flatMap(name =>
    IN_WORDS.map(text => ({
      name: `${text} / ${name}`,
      textOf: withWord(text, name),
      isSure: false,
    })),
  ),
  ...OTHERS.map(text => ({
    name: text,
    textOf: (value: string) => text.replace(/\bV\b|V(?=;|=|$)/, () => value),
    isSure: !/Basic|Bearer|bearer/.test(text),
  })),
];

function sure(pair: string, name: string): NamedSecret {
  // XML has no blanks and marks in its names.
  const plain = pair.startsWith('<') ? name.replace(/[^\w-]/g, '_') : name;
  return { name: `${pair} / ${name}`, textOf: withWord(pair, plain), isSure: true };
}

/** `N` and `V` stand alone in the forms, so that no name holds one. */
function withWord(form: string, name: string): NamedSecret['textOf'] {
  return value => form.replace(/[NV]/g, mark => (mark === 'N' ? name : value));
}
