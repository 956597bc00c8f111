import { fstatSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { openOutput, writeNow } from "../../host/process/standard-output.ts";

/**
 * The help of a command in the layouts that oclif gives it, as write-texts.ts wrote them: every line that occurs, and
 * for each width of a terminal which lines to print.
 */
export interface HelpTexts {
  readonly lines: readonly string[];
  /**
   * Layouts by ascending width in columns: each serves widths from `from` up to the next entry. `lines` are indexes.
   */
  readonly texts: readonly (readonly [from: number, ...lines: number[]])[];
}

/** The name under which the help of inc itself is written. */
export const ROOT = "inc";

/** The narrowest layout, in columns: oclif uses it for narrower terminals as well. */
export const NARROWEST = 40;

/** Placeholder in the texts for the operating system and processor, which the help of inc names. */
export const MACHINE = "<machine>";

/**
 * From this width on, in columns, the line that names the machine fits without a break, if the name is not too long.
 */
const WIDE_ENOUGH = 60;
const SHORT_ENOUGH = 40;

/** The width that oclif assumes where stdout is no terminal, in columns. */
const UNKNOWN_WIDTH = 80;

/** Environment variables that change what oclif prints: with one of them set, oclif prints the help itself. */
const LEFT_TO_OCLIF = ["FORCE_COLOR", "OCLIF_COLUMNS", "PM2_HOME", "NEXT_RUNTIME", "DEBUG"];

/**
 * Prints the help that is asked for without loading oclif. False: no help is asked for, or it is left to oclif.
 */
export function printHelp(argv: readonly string[]): boolean {
  const { env } = process;
  const name = helpAskedFor(argv);
  const known = name === undefined ? undefined : readTexts(name);
  if (known === undefined || LEFT_TO_OCLIF.some((variable) => env[variable] !== undefined)) return false;
  const isTerminal = outputIsTerminal();
  const styled = isStyled(env, isTerminal);
  const width = isTerminal ? widthOf(process.stdout.columns) : UNKNOWN_WIDTH;
  const machine = machineText();
  if (styled === undefined || (name === ROOT && (width < WIDE_ENOUGH || machine === undefined))) return false;
  const text = textAt(width, known).replace(MACHINE, machine ?? "");
  writeNow(styled ? text : stripVTControlCharacters(text));
  return true;
}

function textAt(width: number, { lines, texts }: HelpTexts): string {
  const [, ...ids] = texts.findLast(([from]) => from <= width) ?? [0];
  return ids.map((id) => lines[id]).join("\n");
}

/**
 * The command whose help is asked for, in one of the usual ways (`inc help run`, `inc run --help`); undefined
 * otherwise.
 */
function helpAskedFor([first, second, ...more]: readonly string[]): string | undefined {
  const asks = (argument: string | undefined): boolean => argument === "--help" || argument === "-h";
  if (more.length > 0) return undefined;
  if (second === undefined) return first === undefined || first === "help" || asks(first) ? ROOT : undefined;
  const command = first === "help" ? second : asks(second) ? first : undefined;
  return command === ROOT ? undefined : command;
}

function readTexts(name: string): HelpTexts | undefined {
  // The name may be any text from the command line, such as a path.
  if (!/^[a-z]+$/.test(name)) return undefined;
  try {
    return JSON.parse(readFileSync(new URL(`../help/${name}.json`, import.meta.url), "utf8")) as HelpTexts;
  } catch {
    return undefined;
  }
}

/** The machine as oclif names it. Undefined where oclif may use another name: Windows under Linux, old processors. */
function machineText(): string | undefined {
  const text = `${process.platform}-${process.arch} node-${process.version}`;
  const isPlain = process.arch !== "ia32" && !/microsoft/i.test(release());
  return isPlain && text.length <= SHORT_ENOUGH ? text : undefined;
}

/** Opens Node's streams only where stdout may be a terminal. */
function outputIsTerminal(): boolean {
  if (!fstatSync(1).isCharacterDevice()) return false;
  openOutput();
  return process.stdout.isTTY === true;
}

function widthOf(columns: number): number {
  return columns < 1 ? UNKNOWN_WIDTH : Math.max(columns, NARROWEST);
}

/** True when oclif and its libraries would print styles. Undefined: variables that are not handled here have a say. */
function isStyled(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean | undefined {
  if (!isTerminal || process.stderr.isTTY !== true) return false;
  const isUsual = ["NO_COLOR", "CI", "TF_BUILD", "TEAMCITY_VERSION"].every((name) => env[name] === undefined);
  return isUsual && /^(xterm|screen|tmux|rxvt|linux|vt100|vt220)/.test(env["TERM"] ?? "") ? true : undefined;
}
