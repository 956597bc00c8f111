/** A command that a shell would only pass on: a program with its arguments, and at most one file that takes its output. */
export interface PlainCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The file behind `>`, as it is written. */
  readonly stdout: string | undefined;
}

/** Blanks, then a `>`, a word, or an end. A word is made of characters that mean nothing to a shell, and of quoted text. */
const TOKEN = /[ \t]*(?:(>)|((?:[\w./,:+@%=-]|'[^']*'|"[^"$`\\!]*")+)|$)/y;
/** Assignments, options and job numbers are no programs. */
const PROGRAM = /^[\w./][\w./+-]*$/;

/** What bash does itself instead of starting a program. */
const OWN_WORDS = new Set(
  [
    ". : alias bg bind break builtin caller cd command compgen complete compopt continue coproc declare dirs disown echo enable",
    "eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf pushd pwd read",
    "readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit umask unalias unset wait",
    "case do done elif else esac fi for function if in select then time until while",
  ].flatMap((line) => line.split(" ")),
);

/** Variables by which bash works in another way, or which it sets or removes itself. After those of ssh, Debian's reads ~/.bashrc. */
const OWN_VARIABLES =
  /^(?:BASH.*|COMP_.*|DIRSTACK|ENV|EPOCH.*|E?UID|EXECIGNORE|FUNCNAME|GROUPS|HIST.*|IFS|LINENO|OLDPWD|OPT.*|PIPESTATUS|POSIX.*|PPID|PS[124]|PWD|S?RANDOM|SECONDS|SHELLOPTS|SHLVL|SSH2?_CLIENT|_)$/;

/**
 * The parts of a command for which bash does nothing but start one program. Undefined for all others, and in doubt.
 * @param env The command's environment.
 */
export function plainCommand(text: string, env: Readonly<Record<string, string>>): PlainCommand | undefined {
  const tokens = tokensOf(text.replace(/^[ \t\n]+|[ \t\n]+$/g, ""));
  if (tokens === undefined) return undefined;
  const sign = tokens.indexOf(undefined);
  const words = sign < 0 ? tokens : tokens.slice(0, sign);
  const target = sign < 0 ? [] : tokens.slice(sign + 1);
  const [program, ...args] = words as [string?, ...string[]];
  if (program === undefined || target.length > 1 || (sign >= 0 && target[0] === undefined)) return undefined;
  if (!PROGRAM.test(program) || OWN_WORDS.has(program) || !Object.keys(env).every(isOrdinary)) return undefined;
  return { program, args, stdout: target[0] };
}

/** The words of a command, undefined in the place of `>`. */
function tokensOf(text: string): readonly (string | undefined)[] | undefined {
  const tokens: (string | undefined)[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const begin = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    const [, sign, word] = match;
    // `2>` is another stream than `2 >`.
    if (sign !== undefined && begin > 0 && match[0] === ">") return undefined;
    tokens.push(sign === undefined ? unquoted(word as string) : undefined);
  }
  return tokens;
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => single ?? double ?? "");
}

/** A variable that bash passes on as it is. */
function isOrdinary(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !OWN_VARIABLES.test(name);
}
