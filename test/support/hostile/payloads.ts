/** What would run, if a text were HTML: each sets `window.executed`. */
const RUN = 'window.executed=1';

const scripts = [
  `<script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `<svg onload=${RUN}></svg>`,
  `<svg><script>${RUN}</script></svg>`,
  `<iframe srcdoc="<script>parent.executed=1</script>"></iframe>`,
  `<a href="javascript:${RUN}">x</a>`,
  `<form action="javascript:${RUN}"><button autofocus onfocus=${RUN}>x</button></form>`,
  `<details open ontoggle=${RUN}>`,
  `<style>*{background:url(https://evil.example/x)}</style>`,
  `<link rel=stylesheet href=https://evil.example/x.css>`,
  `<meta http-equiv=refresh content="0;url=https://evil.example">`,
  `<base href=https://evil.example/>`,
  `<img src=https://evil.example/x.png>`,
  `<object data="https://evil.example"></object>`,
  `<template><img src=x onerror=${RUN}></template>`,
  `<math><mi xlink:href="javascript:${RUN}">x</mi></math>`,
  `<input autofocus onfocus=${RUN}>`,
  `<video><source onerror=${RUN}></video>`,
];

const links = [
  `javascript:${RUN}`,
  'command:workbench.action.terminal.new',
  '[click](command:workbench.action.terminal.new)',
  '[click](command:kimiQuota.removeApiKey)',
  `[click](javascript:${RUN})`,
  '![x](https://evil.example/x.png)',
  '<https://evil.example>',
  'https://evil.example',
  'file:///etc/passwd',
  'vscode://kimi-quota/x',
  'data:text/html,<script>1</script>',
  'vscode-webview-resource:/x',
];

const terminals = [
  '\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007',
  '\u001b]52;c;ZXZpbA==\u0007',
  '\u001bP+q544e\u001b\\',
  '\u001b_payload\u001b\\',
  '\u009d52;c;ZXZpbA==\u009c',
  '\u001b[2J\u001b[H',
  'abc\rxyz',
  'abc\b\b\b',
  '\u202Egnp.exe',
  'a\u200Bb\u200Cc\u2060d\uFEFF',
  '\u0000\u0007',
];

const marks = [
  '$(trash) gone',
  '| a | b |\n|--|--|\n| c | d |',
  '```\ncode\n```\n[x](command:y)',
  '`code` **bold** _soft_ ~~gone~~',
  '# title\n\n- list\n\n> quote',
  '&lt;img src=x onerror=1&gt;',
  '\u003cimg src=x onerror=window.executed=1\u003e',
  '\'"><img src=x onerror=window.executed=1>',
  '--><img src=x onerror=window.executed=1>',
  ']]><img src=x onerror=window.executed=1>',
  '{{constructor.constructor("window.executed=1")()}}',
  '${window.executed=1}',
  '__proto__',
  'constructor',
  '{"__proto__":{"x":1}}',
  '</pre></div><img src=x onerror=window.executed=1>',
];

/** How an agent's log may carry each of them. */
const wrappers: readonly ((payload: string) => string)[] = [
  payload => payload,
  payload => `429 rate_limit_error: ${payload}`,
  payload => JSON.stringify({ error: { type: 'rate_limit_error', message: payload } }),
  payload => `We're receiving too many requests ${payload.repeat(2)}`,
];

/** Texts that try to run, load, link or deceive: more than 200. */
export const hostilePayloads: readonly string[] = [
  ...scripts,
  ...links,
  ...terminals,
  ...marks,
].flatMap(payload => wrappers.map(wrap => wrap(payload)));
