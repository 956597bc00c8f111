import { parseRunArguments, splitManifest } from "./run-flags.ts";

/**
 * The tiny entry: `inc run` in its plain form goes straight to the engine, and at first to the no-op check, which loads
 * next to nothing. All else, help and usage errors included, goes to oclif. Resolves to the exit code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === "--version" || argv[0] === "-v") return printVersion();
  if (argv[0] === "run") {
    const code = await quickRun(argv.slice(1));
    if (code !== undefined) return code;
  }
  const { runOclif } = await import("./oclif.ts");
  return runOclif(argv);
}

async function quickRun(argv: readonly string[]): Promise<number | undefined> {
  let parsed: ReturnType<typeof parseRunArguments>;
  try {
    parsed = parseRunArguments(argv);
  } catch {
    // Whatever is wrong, and --help, oclif words it.
    return undefined;
  }
  if (Object.keys(parsed.flags).every((flag) => flag === "param" || flag === "jobs") && parsed.extra.length === 0) {
    const { tryNoop } = await import("../engine/noop.ts");
    const { manifest, tasks } = splitManifest(parsed.positionals);
    const params = parsed.flags["param"];
    const line = tryNoop({ cwd: process.cwd(), manifest, tasks, params: Array.isArray(params) ? params : [] });
    if (line !== undefined) {
      process.stdout.write(line);
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
