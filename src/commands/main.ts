import { parseRunArguments, splitManifest } from "./run-flags.ts";

/**
 * The tiny entry: `inc run` goes straight to the engine, and in its plain form first to the no-op check, which loads next
 * to nothing. All else, help and usage errors included, goes to oclif. Resolves to the exit code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv, Date.now());
  } catch (error) {
    // Expected failures are diagnostics and do not come here.
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`internal error: ${text}\n  help: this is a bug of inc; please report it with these lines\n`);
    return 2;
  }
}

async function dispatch(argv: readonly string[], started: number): Promise<number> {
  if (argv[0] === "--version" || argv[0] === "-v") return printVersion();
  if (argv[0] === "run") {
    const code = await quickRun(argv.slice(1), started);
    if (code !== undefined) return code;
  }
  const { runOclif } = await import("./oclif.ts");
  return runOclif(argv);
}

async function quickRun(argv: readonly string[], started: number): Promise<number | undefined> {
  let parsed: ReturnType<typeof parseRunArguments>;
  try {
    parsed = parseRunArguments(argv);
  } catch {
    // Whatever is wrong, and --help, oclif words it.
    return undefined;
  }
  // Other flags ask for more than an answer, or for another one.
  if (Object.keys(parsed.flags).every((flag) => flag === "jobs") && parsed.extra.length === 0) {
    const { tryNoop } = await import("../engine/noop.ts");
    const summary = tryNoop({ cwd: process.cwd(), params: {}, ...splitManifest(parsed.positionals) }, started);
    if (summary !== undefined) {
      const { renderSummary } = await import("../report/summary.ts");
      process.stdout.write(`${renderSummary(summary)}\n`);
      return 0;
    }
  }
  const { run } = await import("./run-command.ts");
  return run(parsed, argv);
}

async function printVersion(): Promise<number> {
  const { VERSION } = await import("../engine/version.ts");
  process.stdout.write(`inc ${VERSION}\n`);
  return 0;
}
