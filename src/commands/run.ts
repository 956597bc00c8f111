import { withLoaded } from "../access/pipeline.ts";
import { changesFor, sayAffected } from "../cli/affected.ts";
import { commandLine } from "../cli/command-line.ts";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { onEnding } from "../cli/ending.ts";
import type { ParsedArguments } from "../cli/flag-spec.ts";
import { parseLockWait, parseParams, unusable } from "../cli/params.ts";
import { type AskedExecutor, askedExecutor, RunPlaces } from "../cli/ray.ts";
import { readRequest } from "../cli/request.ts";
import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import type { Download } from "../model/download.ts";
import type { Event } from "../model/event.ts";
import type { Graph } from "../model/graph.ts";
import { prepareSending } from "../report/openlineage/prepare.ts";
import type { Send } from "../report/openlineage/send.ts";
import { chooseReport, isFollowed, type ReportChoice } from "../report/run/choose.ts";
import type { OutputLogs } from "../report/run/plain.ts";
import type { Report } from "../report/run/report.ts";
import { traceReport } from "../report/run/trace.ts";
import { runLoaded } from "../run/run.ts";
import { runShared } from "../run/run-shared.ts";
import type { RoundTasks, RunOptions } from "../run/session/options.ts";
import type { Services } from "../services/services.ts";
import { storeDirectory } from "../workspace/directory.ts";
import type { Answer } from "./quick-run.ts";

/**
 * `inc run`, its arguments parsed. Resolves to the exit code.
 * @param before What the check for nothing to do saw, and its trace.
 */
export async function run(parsed: ParsedArguments, argv: readonly string[], before: Answer = {}): Promise<number> {
  const interrupt = new AbortController();
  const off = onEnding(() => interrupt.abort());
  const given = { command: commandLine(["run", ...argv]), signal: interrupt.signal, look: before.look };
  const profile = parsed.flags["profile"] as string | undefined;
  try {
    const trace = before.trace ?? (profile === undefined ? undefined : traceReport(profile));
    try {
      return await perform(parsed, given, trace);
    } finally {
      await trace?.close();
    }
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return printDiagnostics(error.diagnostics);
  } finally {
    off();
  }
}

async function perform(
  { flags, positionals, extra }: ParsedArguments,
  given: Pick<RunOptions, "command" | "signal" | "look">,
  trace: Report | undefined,
): Promise<number> {
  const found = readRequest(process.cwd(), positionals);
  if (!found.ok) return printDiagnostics(found.diagnostics);
  const changes = await changesFor(flags, found.value.workspace);
  if (!changes.ok) return printDiagnostics(changes.diagnostics);
  const outputLogs = (flags["output-logs"] ?? "new-only") as OutputLogs;
  const options: RunOptions = {
    ...found.value,
    params: parseParams(flags["param"] as readonly string[] | undefined),
    extra: extraFor(extra, found.value.tasks),
    dry: flags["dry"] === true,
    force: flags["force"] === true,
    ...(typeof flags["jobs"] === "string" ? { jobs: flags["jobs"] } : {}),
    keepGoing: flags["keep-going"] === true,
    adopt: flags["adopt"] === true,
    cacheRead: flags["no-cache-read"] !== true,
    cacheWrite: flags["no-cache-write"] !== true,
    ...(typeof flags["remote"] === "string" ? { remote: flags["remote"] } : {}),
    ...defined({ download: flags["remote-download"] as Download | undefined }),
    lockWait: parseLockWait(flags["lock-wait"] as string | undefined),
    ...defined({ changes: changes.value }),
    replay: outputLogs === "full",
    follow: isFollowed(outputLogs, flags["json"] === true),
    ...given,
  };
  const shown = {
    json: flags["json"] === true,
    outputLogs,
    verbose: flags["verbose"] === true,
    junit: flags["junit"] as string | undefined,
  };
  return runReported({ options, asked: askedExecutor({ flags }) }, shown, trace);
}

async function runReported(
  { options, asked }: { readonly options: RunOptions; readonly asked: AskedExecutor },
  shown: Pick<ReportChoice, "json" | "outputLogs" | "verbose" | "junit">,
  trace: Report | undefined,
): Promise<number> {
  let graph: Graph | undefined;
  const report = chooseReport({
    ...shown,
    graph: () => graph,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  });
  const emit = (event: Event): void => {
    report.event(event);
    trace?.event(event);
  };
  const lock = options.dry
    ? undefined
    : { command: options.command, lockWait: options.lockWait, signal: options.signal, emit };
  const services = new RunServices(options, emit);
  const places = new RunPlaces(asked, (diagnostic) => emit({ kind: "diagnostic", diagnostic }));
  let send: Send | undefined;
  try {
    const result = await withLoaded(options, lock, async (loaded, journal) => {
      const onRound = (round: RoundTasks): void => {
        graph = round.cached.graph;
      };
      if (options.changes !== undefined) sayAffected(loaded, options.changes, emit);
      const far = await places.of(loaded);
      if (!far.ok) return far;
      const ran = await runShared(loaded, { ...options, ...far.value, ...services.option, onRound }, emit, (shared) =>
        runLoaded(loaded, journal, shared, emit),
      );
      if (ran.ok && !options.dry && !options.signal.aborted) send = await prepareSending(loaded, ran.value.run);
      return ran;
    });
    // Sends after the lease is released, so that a slow lineage server does not delay the next run.
    const unsent = await send?.();
    if (unsent !== undefined) printDiagnostics([unsent]);
    if (result === "interrupted") return 130;
    if (!result.ok) return printDiagnostics(result.diagnostics);
    return result.value.exit === 0 ? await services.ended() : result.value.exit;
  } finally {
    places.close();
    await services.close();
    await report.close();
  }
}

/** The services of a run; those that were requested by name outlive its tasks. */
class RunServices {
  readonly #options: RunOptions;
  readonly option: Pick<RunOptions, "services">;
  #services: Services | undefined;

  constructor(options: RunOptions, emit: (event: Event) => void) {
    this.#options = options;
    this.option = options.dry ? {} : { services: () => this.#open(emit) };
  }

  /** Waits in the foreground until a service crashes, all services have ended, or the run is interrupted. */
  async ended(): Promise<0 | 1 | 130> {
    return (await this.#services?.ended(this.#options.signal)) ?? 0;
  }

  async close(): Promise<void> {
    await this.#services?.close();
  }

  async #open(emit: (event: Event) => void): Promise<Services> {
    const { Services } = await import("../services/services.ts");
    const directory = storeDirectory(this.#options.workspace);
    this.#services = new Services({ storeDirectory: directory, restarts: false, emit, recovered: () => {} });
    return this.#services;
  }
}

function extraFor(extra: readonly string[], tasks: readonly string[]): readonly string[] {
  if (extra.length > 0 && tasks.length === 0)
    throw new DiagnosticError(
      unusable(`-- ${extra.join(" ")}`, "name the task that takes these arguments: inc run TASK -- args"),
    );
  return extra;
}
