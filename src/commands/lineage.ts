import { writeFileSync } from "node:fs";
import { printDiagnostics } from "../cli/diagnostics.ts";
import type { ParsedArguments } from "../cli/flag-spec.ts";
import { VERSION } from "../host/inc-version.ts";
import { phase } from "../host/phases.ts";
import { askDifference, askLineage } from "../lineage/ask.ts";
import { defined } from "../model/defined.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Result } from "../model/result.ts";
import { type LineageFormat, limitOf, renderLineage } from "../report/lineage/formats.ts";
import { wantsColor } from "../report/text/color.ts";
import { parseSelector } from "../versions/selector.ts";

/** `inc lineage`, its arguments parsed. Resolves to the exit code. */
export async function lineage(parsed: ParsedArguments): Promise<number> {
  try {
    const asked = readArguments(parsed);
    const text = asked.diff === undefined ? await draw(asked) : await compare(asked, asked.diff);
    if (!text.ok) return printDiagnostics(text.diagnostics);
    if (asked.output === undefined) process.stdout.write(`${text.value}\n`);
    else write(asked.output, `${text.value}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return printDiagnostics(error.diagnostics);
  }
}

interface Asked {
  readonly objects: readonly string[];
  readonly down: boolean;
  readonly depth?: number;
  readonly at?: string;
  readonly diff?: readonly [before: string, after: string];
  readonly format: LineageFormat;
  readonly output?: string;
}

/** Throws a DiagnosticError for flags that exclude each other. */
function readArguments({ flags, positionals, extra }: ParsedArguments): Asked {
  const text = (name: string): string | undefined => flags[name] as string | undefined;
  const { depth, at, output } = { depth: text("depth"), at: text("at"), output: text("output") };
  if (depth !== undefined && !/^\d+$/.test(depth)) throw unusable(`--depth ${depth}`, "give a number, as --depth 2");
  const common = {
    down: flags["down"] === true,
    ...(depth === undefined ? {} : { depth: Number(depth) }),
    ...defined({ at }),
    format: (text("format") ?? "tree") as LineageFormat,
    ...defined({ output }),
  };
  const before = text("diff");
  const words = [...positionals, ...extra];
  if (before === undefined) {
    if (words.length === 0) throw unusable("lineage without an object", "name one: inc lineage build/report.md");
    return { ...common, objects: words };
  }
  const [first, second] = words;
  if (words.length !== 2 || first === undefined || second === undefined)
    throw incomparable("--diff takes one object and two of its versions");
  if (common.down || depth !== undefined || at !== undefined)
    throw incomparable("--diff goes with neither --down nor --depth nor --at");
  // The order `--diff 2 3 OBJECT` is accepted as well.
  const [object, after] = isVersion(first) && !isVersion(second) ? [second, first] : [first, second];
  return { ...common, objects: [object], diff: [before, after] };
}

function isVersion(text: string): boolean {
  return parseSelector(text.replace(/^@/, ""), 0) !== undefined;
}

async function draw({ objects, down, depth, at, format, output }: Asked): Promise<Result<string>> {
  const limit = limitOf(format);
  const answer = await phase("lineage", "ask", () =>
    askLineage(process.cwd(), {
      objects,
      direction: down ? "down" : "up",
      ...defined({ at, depth, limit }),
    }),
  );
  if (!answer.ok) return answer;
  const { document, workspace } = answer.value;
  const drawing = { ...drawingFor(output), workspace, version: VERSION };
  return { ok: true, value: await renderLineage(document, format, drawing) };
}

async function compare(
  { objects, format, output }: Asked,
  [before, after]: readonly [string, string],
): Promise<Result<string>> {
  if (format !== "tree" && format !== "json") throw incomparable(`--diff cannot be printed as ${format}`);
  const answer = await phase("lineage", "compare", () =>
    askDifference(process.cwd(), objects[0] as string, before, after),
  );
  if (!answer.ok) return answer;
  if (format === "json") return { ok: true, value: JSON.stringify(answer.value, undefined, 2) };
  const { renderDifference } = await import("../report/lineage/difference.ts");
  return { ok: true, value: renderDifference(answer.value, drawingFor(output)) };
}

/** Output to a file has no width limit and no colors. */
function drawingFor(output: string | undefined): { readonly color: boolean; readonly columns?: number } {
  if (output !== undefined) return { color: false };
  const color = wantsColor(process.env, process.stdout);
  return process.stdout.isTTY ? { color, columns: process.stdout.columns } : { color };
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST")
      throw failure("INC1004", `"${path}" already exists`, "name another file, or remove that one first");
    throw new DiagnosticError({
      code: "INC1025",
      severity: "error",
      message: `"${path}" cannot be written`,
      notes: [{ message: (error as Error).message }],
      help: ["name a file in an existing directory that you may write to"],
    });
  }
}

function incomparable(message: string): DiagnosticError {
  return failure("INC1026", message, "inc lineage build/report.md --diff 2 3");
}

function unusable(what: string, help: string): DiagnosticError {
  return failure("INC1003", `"${what}" cannot be used`, help);
}

function failure(code: Diagnostic["code"], message: string, help: string): DiagnosticError {
  return new DiagnosticError({ code, severity: "error", message, help: [help] });
}
