import type { Translate } from '../core/base/ports.ts';
import type { Command } from './command.ts';

/** A script for `shell` that completes commands and options; undefined for another shell. */
export function completionFor(
  shell: string,
  commands: readonly Command[],
  t: Translate,
): string | undefined {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands, t);
    case 'fish':
      return fish(commands, t);
    default:
      return undefined;
  }
}

const optionsOf = ({ options }: Command): string[] =>
  [...Object.keys(options), 'help'].map(name => `--${name}`);

function bash(commands: readonly Command[]): string {
  const cases = commands.map(
    command => `    ${command.name}) words='${optionsOf(command).join(' ')}' ;;`,
  );
  return `_kimi_quota() {
  local word=\${COMP_WORDS[COMP_CWORD]} words
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    *) words='${commands.map(({ name }) => name).join(' ')}' ;;
  esac
  [[ $COMP_CWORD -eq 1 ]] && words='${commands.map(({ name }) => name).join(' ')}'
  if [[ $COMP_CWORD -gt 1 && $word != -* ]]; then
    COMPREPLY=($(compgen -f -- "$word"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -F _kimi_quota kimi-quota
`;
}

/** Inside single quotes. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(commands: readonly Command[], t: Translate): string {
  const names = commands.map(
    ({ name, texts }) => `    ${quoted(`${name}:${texts(t).summary.replaceAll(':', '\\:')}`)}`,
  );
  const cases = commands.map(command => {
    const { options } = command.texts(t);
    const specs = Object.entries(command.options).map(([name, { kind, value = '' }]) => {
      const text = (options[name] ?? '').replaceAll(/[[\]:]/g, '\\$&');
      return quoted(
        `${kind === 'values' ? '*' : ''}--${name}[${text}]${kind === 'flag' ? '' : `:${value}:`}`,
      );
    });
    return `    ${command.name}) _arguments ${[...specs, "'*:file:_files'"].join(' ')} ;;`;
  });
  return `#compdef kimi-quota
_kimi_quota() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${cases.join('\n')}
  esac
}
compdef _kimi_quota kimi-quota
`;
}

function fish(commands: readonly Command[], t: Translate): string {
  const lines = commands.flatMap(command => {
    const { summary, options } = command.texts(t);
    const own = `-n '__fish_seen_subcommand_from ${command.name}'`;
    return [
      `complete -c kimi-quota -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(summary)}`,
      ...Object.entries(command.options).map(
        ([name, { kind }]) =>
          `complete -c kimi-quota ${own} -l ${name}${kind === 'flag' ? '' : ' -r'} -d ${quoted(options[name] ?? '')}`,
      ),
    ];
  });
  return `${lines.join('\n')}\n`;
}
