import { type FlagSpec, type ParsedArguments, parseQuickly, RUN_FLAGS, splitManifest } from "../cli/flag-spec.ts";
import { DIFF_FLAGS, GET_FLAGS, LOG_FLAGS } from "../cli/flags/history.ts";
import { LINEAGE_FLAGS } from "../cli/flags/lineage.ts";
import { STATUS_FLAGS } from "../cli/flags/status.ts";
import { codeWithOutput } from "../cli/lost-output.ts";
import { debugPhases } from "../host/debug.ts";
import { VERSION } from "../host/inc-version.ts";
import { hidePrivateVariables } from "../host/private-variables.ts";
import { leave } from "../host/process/leave.ts";
import { openOutput, writeNow } from "../host/process/standard-output.ts";
import { plainText } from "../model/plain-text.ts";
import { explain } from "../model/system-error.ts";
import { askWatch } from "../watch/server/ask.ts";
import { printHelp } from "./help/texts.ts";
import { quickRun } from "./quick-run.ts";

export { leave };

interface Question {
  readonly flags: readonly FlagSpec[];
  load(): Promise<(parsed: ParsedArguments) => Promise<number>>;
}

/** Commands that answer within a few milliseconds: they do not load the command-line framework. */
const QUESTIONS: ReadonlyMap<string, Question> = new Map([
  ["lineage", { flags: LINEAGE_FLAGS, load: async () => (await import("./lineage.ts")).lineage }],
  ["log", { flags: LOG_FLAGS, load: async () => (await import("./log.ts")).log }],
  ["get", { flags: GET_FLAGS, load: async () => (await import("./get.ts")).get }],
  ["diff", { flags: DIFF_FLAGS, load: async () => (await import("./diff.ts")).diff }],
  ["status", { flags: STATUS_FLAGS, load: async () => (await import("./status.ts")).status }],
]);

/**
 * The tiny entry: `inc run` goes straight to the engine, and in its plain form first to the no-op check, which loads next
 * to nothing; the commands of QUESTIONS bypass oclif. All else, help and usage errors included, goes to oclif. Resolves
 * to the exit code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  let crashed = false;
  process.on("uncaughtException", (error) => {
    crashed = true;
    printCrash(error);
    // A command with a SIGTERM handler ends its child processes first; without a handler, the process exits at once.
    if (!process.emit("SIGTERM", "SIGTERM")) leave(2).catch(() => process.exit(2));
  });
  debugPhases(process.env);
  hidePrivateVariables();
  try {
    const code = await codeWithOutput(argv[0] ?? "", await dispatch(argv, Date.now()));
    return crashed ? 2 : code;
  } catch (error) {
    printCrash(error);
    return 2;
  }
}

/** Prints an internal error, or a system error that no caller turned into a diagnostic. */
function printCrash(error: unknown): void {
  openOutput();
  // Does not import the reports: with no file descriptors left, no module can be loaded.
  for (const diagnostic of explain(error) ?? []) process.stderr.write(plainText(diagnostic));
  if (explain(error) !== undefined) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `internal error: ${text}\n  help: unless the manifest or a module that it imports did this later on, it is a bug of inc; please report it with these lines\n`,
  );
}

async function dispatch(argv: readonly string[], started: number): Promise<number> {
  if (argv[0] === "--version" || argv[0] === "-v") return printVersion();
  if (printHelp(argv)) return 0;
  if (argv[0] === "run") {
    const parsed = parseQuickly(argv.slice(1), RUN_FLAGS);
    const answer = parsed === undefined ? {} : await quickRun(parsed, started);
    if (answer.code !== undefined) return answer.code;
    openOutput();
    if (parsed !== undefined) return (await import("./run.ts")).run(parsed, argv.slice(1), answer);
  }
  openOutput();
  if (argv[0] === "status" && (await quickStatus(argv.slice(1)))) return 0;
  const question = QUESTIONS.get(argv[0] ?? "");
  const parsed = question === undefined ? undefined : parseQuickly(argv.slice(1), question.flags);
  if (question !== undefined && parsed !== undefined) return (await question.load())(parsed);
  const { runOclif } = await import("./oclif.ts");
  return runOclif(argv);
}

/** Prints the status if a watch of this workspace knows that all tasks are fresh; false otherwise. */
async function quickStatus(argv: readonly string[]): Promise<boolean> {
  const parsed = parseQuickly(argv, STATUS_FLAGS);
  if (parsed === undefined || Object.keys(parsed.flags).length > 0 || parsed.extra.length > 0) return false;
  // For named tasks, status prints a line each, fresh ones included.
  if (splitManifest(parsed.positionals).tasks.length > 0) return false;
  const answer = await askWatch("status", { cwd: process.cwd(), params: {}, ...splitManifest(parsed.positionals) });
  if (answer?.latest === undefined) return false;
  const { renderLatestRun, runningServiceLines, usedClusterLines } = await import("../report/run/latest-run.ts");
  const lines = [
    `${answer.fresh} of ${answer.fresh} fresh`,
    ...runningServiceLines(answer.services ?? []),
    ...usedClusterLines(answer.clusters ?? [], Date.now()),
    renderLatestRun(answer.latest),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return true;
}

function printVersion(): number {
  writeNow(`inc ${VERSION}\n`);
  return 0;
}
