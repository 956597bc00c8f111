import type { Loaded } from "../access/pipeline.ts";
import { commandLine } from "../cli/command-line.ts";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { onEnding } from "../cli/ending.ts";
import type { ParsedArguments } from "../cli/flag-spec.ts";
import { parseParams } from "../cli/params.ts";
import { askedExecutor, RunPlaces } from "../cli/ray.ts";
import { type Request, readRequest } from "../cli/request.ts";
import { RUN_DEFAULTS } from "../cli/run-defaults.ts";
import { type Child, ownVariables, spawnCommand } from "../host/process/process.ts";
import { endTree } from "../host/process/tree.ts";
import { type Diagnostic, DiagnosticError } from "../model/diagnostic.ts";
import type { Summary } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import { readSource } from "../report/explain/read-source.ts";
import { isFollowed } from "../report/run/choose.ts";
import type { OutputLogs } from "../report/run/plain.ts";
import { type Notify, type WatchReport, watchJson, watchReport } from "../report/run/watch.ts";
import { wantsColor } from "../report/text/color.ts";
import type { WatchListener, WatchOptions } from "../watch/options.ts";
import type { WatchPage } from "../watch/page/page.ts";
import type { Watch } from "../watch/watch.ts";

const KEYS = "r rerun, a all, w why, f failures, q quit";
/** Keys that a terminal in raw mode sends instead of signals. */
const CONTROL_C = "\u0003";
const CONTROL_D = "\u0004";
/** Milliseconds between SIGTERM and SIGKILL for the command of --once-ready. */
const GRACE = 2000;

/** `inc watch`, its arguments parsed. Resolves to the exit code. */
export async function watch(parsed: ParsedArguments, argv: readonly string[]): Promise<number> {
  try {
    return await perform(parsed, commandLine(["watch", ...argv]));
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return printDiagnostics(error.diagnostics);
  }
}

async function perform({ flags, positionals }: ParsedArguments, command: string): Promise<number> {
  const found = readRequest(process.cwd(), positionals);
  if (!found.ok) return printDiagnostics(found.diagnostics);
  const places = new RunPlaces(askedExecutor({ flags }), (diagnostic) => printDiagnostics([diagnostic]));
  const options = { ...optionsOf(found.value, flags, command), placesOf: (loaded: Loaded) => places.of(loaded) };
  const keys = flags["json"] !== true && process.stdin.isTTY === true;
  const report = flags["json"] === true ? watchJson(process.stdout) : reportOf(flags, keys);
  const opened = await openPage(flags["serve"] as string | undefined, found.value);
  if (opened?.ok === false) return printDiagnostics(opened.diagnostics);
  const page = opened?.value;
  const ready = new OnceReady(flags["once-ready"] as string | undefined, found.value.workspace);
  const { Watch } = await import("../watch/watch.ts");
  const watching = new Watch(options, listenerOf({ report, page, ready }));
  const release = listen(watching, keys);
  if (page !== undefined) report.serves(page.url);
  try {
    await watching.watch();
    return 130;
  } finally {
    places.close();
    await ready.end();
    await page?.close();
    release();
  }
}

function optionsOf(request: Request, flags: ParsedArguments["flags"], command: string): WatchOptions {
  return {
    ...request,
    params: parseParams(flags["param"] as readonly string[] | undefined),
    ...RUN_DEFAULTS,
    ...(typeof flags["jobs"] === "string" ? { jobs: flags["jobs"] } : {}),
    follow: isFollowed(outputLogsOf(flags), flags["json"] === true),
    command,
    cancel: flags["no-cancel"] !== true,
  };
}

interface Listeners {
  readonly report: WatchReport;
  readonly page: WatchPage | undefined;
  readonly ready: OnceReady;
}

function listenerOf({ report, page, ready }: Listeners): WatchListener {
  return {
    event(event) {
      report.event(event);
      page?.event(event);
    },
    loaded: (graph, tasks) => page?.loaded(graph, tasks),
    began(pending) {
      report.began(pending);
      page?.began(pending);
    },
    published: (versions) => report.published(versions),
    ended(summary) {
      report.ended(summary);
      page?.ended(summary);
      ready.after(summary);
    },
    quiet: () => report.quiet(),
    report(diagnostics) {
      printDiagnostics(diagnostics);
      page?.report(diagnostics);
    },
    show: (what) => report.show(what),
  };
}

/** Undefined without a port: no page was requested. Throws a DiagnosticError for an invalid port. */
async function openPage(
  port: string | undefined,
  place: { readonly workspace: string; readonly manifest: string },
): Promise<Result<WatchPage> | undefined> {
  if (port === undefined) return undefined;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new DiagnosticError(noPort(port));
  const [{ WatchPage }, { renderDiagnostic }] = await Promise.all([
    import("../watch/page/page.ts"),
    import("../report/explain/diagnostic.ts"),
  ]);
  const render = (diagnostic: Diagnostic): string =>
    renderDiagnostic(diagnostic, { color: false, cwd: place.workspace, readSource });
  return WatchPage.open({ ...place, port: Number(port), render });
}

function noPort(text: string): Diagnostic {
  return {
    code: "INC1003",
    severity: "error",
    message: `"--serve ${text}" cannot be used`,
    help: ["give a port from 1 to 65535, or 0 for any free one: --serve 0"],
  };
}

function outputLogsOf(flags: ParsedArguments["flags"]): OutputLogs {
  return (flags["output-logs"] ?? "new-only") as OutputLogs;
}

function reportOf(flags: ParsedArguments["flags"], keys: boolean): WatchReport {
  const { stdout } = process;
  return watchReport({
    stdout,
    outputLogs: outputLogsOf(flags),
    verbose: flags["verbose"] === true,
    color: wantsColor(process.env, stdout),
    cwd: process.cwd(),
    readSource,
    notify: stdout.isTTY === true ? ((flags["notify"] ?? "none") as Notify) : "none",
    clear: flags["clear"] === true && stdout.isTTY === true,
    keys: keys ? KEYS : undefined,
  });
}

/** Listens for signals, keys, and the end of stdout. Returns the function that stops listening. */
function listen(watching: Watch, keys: boolean): () => void {
  const end = (): void => watching.interrupt();
  const press = (typed: Buffer): void => {
    for (const key of typed.toString("latin1"))
      if (key === CONTROL_C || key === CONTROL_D) end();
      else watching.press(key);
  };
  const off = onEnding(end);
  process.stdout.on("error", end);
  // When a terminal closes, its input ends with an error.
  if (keys) process.stdin.setRawMode(true).on("data", press).on("error", end);
  return () => {
    off();
    process.stdout.off("error", end);
    if (keys) leaveTerminal(press);
  };
}

function leaveTerminal(press: (typed: Buffer) => void): void {
  process.stdin.off("data", press);
  try {
    process.stdin.setRawMode(false).pause();
  } catch {
    // The terminal was closed.
  }
}

/** The command of --once-ready: started once, after the first successful run, and ended together with watch. */
class OnceReady {
  readonly #command: string | undefined;
  readonly #cwd: string;
  #child: Child | undefined;

  constructor(command: string | undefined, cwd: string) {
    this.#command = command;
    this.#cwd = cwd;
  }

  after(summary: Summary | undefined): void {
    if (this.#child !== undefined || this.#command === undefined || summary?.exit !== 0) return;
    const args = ["-c", this.#command];
    const command = { file: "/bin/sh", args, cwd: this.#cwd, env: ownVariables(), stdin: undefined };
    this.#child = spawnCommand({ ...command, stdout: 2, stderr: 2 });
  }

  async end(): Promise<void> {
    if (this.#child?.pid === undefined) return;
    await endTree(this.#child.pid, `once-${this.#child.pid}`, GRACE);
    await this.#child.exited;
  }
}
