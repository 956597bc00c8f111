import { expect, test } from "vitest";
import { COMMANDS } from "../../src/commands/table.ts";

/** The properties of a flag or an argument in oclif that the reference shows. */
interface Parameter {
  readonly char?: string;
  readonly description?: string;
  readonly helpValue?: string;
  readonly options?: readonly string[];
  readonly default?: unknown;
  readonly required?: boolean;
  readonly type?: string;
}

/** The static description of a command class. */
interface Described {
  readonly summary?: string;
  readonly description?: string;
  readonly usage?: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly flags?: Readonly<Record<string, Parameter>>;
  readonly args?: Readonly<Record<string, Parameter>>;
}

const INTRODUCTION = `# Commands

Made from the commands themselves: \`npx vitest run test/docs/commands.test.ts -u\` writes it anew.
\`inc COMMAND --help\` shows the same.

\`MANIFEST\` is the path of a \`pipeline.ts\` or of its directory (\`sub/\`); without it the nearest one upward counts. \`TASK\` is a
task's name, an alias, the name of an \`each\`, a pattern with \`*\`, or the path of what it makes.

Exit codes: 0 all is well, 1 a task failed or what was asked differs or is damaged, 2 the command line, the manifest or the store is at fault, 130
interrupted. Output that cannot be written whole, such as on a full disk, is an error (\`INC1051\`), too: 2 instead of 0, and instead of 1 where the
output is the answer. A reader that has gone (\`inc list | head\`) is none.
`;

function describeCommand(name: string, command: Described): string {
  const args = Object.entries(command.args ?? {});
  const typed = name.replace(":", " ");
  const usage =
    command.usage?.toString() ?? [typed, ...args.map(([arg, { required }]) => bracket(arg, required))].join(" ");
  return [
    `## inc ${typed}`,
    `${command.summary}.`,
    ...(command.description === undefined ? [] : [command.description]),
    `\`\`\`\ninc ${usage}\n\`\`\``,
    ...table(
      "argument",
      args.map(([arg, parameter]) => [arg.toUpperCase(), parameter]),
    ),
    ...table(
      "flag",
      Object.entries(command.flags ?? {}).map(([flag, parameter]) => [flagText(flag, parameter), parameter]),
    ),
    ...examples(command.examples ?? []),
  ].join("\n\n");
}

function bracket(arg: string, required: boolean | undefined): string {
  return required === true ? arg.toUpperCase() : `[${arg.toUpperCase()}]`;
}

function flagText(name: string, { char, type, helpValue, options }: Parameter): string {
  const value = helpValue ?? options?.join("|") ?? "VALUE";
  return `${char === undefined ? "" : `-${char}, `}--${name}${type === "boolean" ? "" : `=${value}`}`;
}

function table(what: string, rows: readonly (readonly [string, Parameter])[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(([text, { description, default: initial, options }]) => {
    const choices = what === "argument" && options !== undefined ? `: ${options.join(", ")}` : "";
    const otherwise = initial === undefined ? "" : ` (default: ${String(initial)})`;
    return `| \`${text.replaceAll("|", "\\|")}\` | ${description}${choices}${otherwise} |`;
  });
  return [[`| ${what} | |`, "| --- | --- |", ...lines].join("\n")];
}

function examples(texts: readonly unknown[]): string[] {
  if (texts.length === 0) return [];
  return [`\`\`\`\n${texts.map((text) => String(text).replace("<%= config.bin %>", "inc")).join("\n")}\n\`\`\``];
}

test("docs/commands.md agrees with the commands' own descriptions", async () => {
  const commands = Object.entries(COMMANDS).map(([name, command]) => describeCommand(name, command as Described));
  await expect(`${[INTRODUCTION.trimEnd(), ...commands].join("\n\n")}\n`).toMatchFileSnapshot("../../docs/commands.md");
});
