import type { Loaded } from "../access/pipeline.ts";
import { withLoaded } from "../access/pipeline.ts";
import type { LockOptions } from "../access/workspace.ts";
import type { Event } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import { openingLook } from "../run/noop.ts";
import type { RunOptions } from "../run/session/options.ts";
import { commandLine } from "./command-line.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { parseParams } from "./params.ts";
import { readRequest } from "./request.ts";
import { RUN_DEFAULTS } from "./run-defaults.ts";

/** The arguments of a command that loads a pipeline. */
export interface PipelineRequest {
  /** Task names, with the manifest first if one is given. */
  readonly positionals: readonly string[];
  readonly params: readonly string[] | undefined;
  /** True: parameters need no values. */
  readonly graphOnly?: boolean;
  /** True: sources may be missing. */
  readonly objectsOnly?: boolean;
  /** True: a question about tasks, which need not be decided where nothing has changed since the last run. */
  readonly looks?: boolean;
  /** True: takes the lease, for a command that writes. */
  readonly lock?: boolean;
}

/** Loads the pipeline for a command. Returns the exit code that `use` returns. */
export async function withPipeline(
  request: PipelineRequest,
  use: (loaded: Loaded, options: RunOptions) => Promise<Result<number>>,
): Promise<number> {
  const found = readRequest(process.cwd(), request.positionals);
  if (!found.ok) return printDiagnostics(found.diagnostics);
  const options: RunOptions = {
    ...found.value,
    params: parseParams(request.params),
    ...RUN_DEFAULTS,
    dry: true,
    force: false,
    command: commandLine(),
    signal: new AbortController().signal,
  };
  const look = request.looks === true ? openingLook({ ...options, cwd: process.cwd() }) : undefined;
  const lock: LockOptions | undefined = request.lock === true ? { ...options, emit: announce } : undefined;
  const result = await withLoaded(
    { ...options, graphOnly: request.graphOnly === true, objectsOnly: request.objectsOnly === true, look },
    lock,
    (loaded) => use(loaded, options),
  );
  if (result === "interrupted") return 130;
  return result.ok ? result.value : printDiagnostics(result.diagnostics);
}

/** Prints the events of a command without its own report. */
export function announce(event: Event): void {
  if (event.kind === "lock-waiting")
    process.stderr.write(`waiting for "${event.holder.command}" (pid ${event.holder.pid})\n`);
  if (event.kind === "diagnostic") printDiagnostics([event.diagnostic]);
}
