import type { Loaded } from "../access/pipeline.ts";
import { withLoaded } from "../access/pipeline.ts";
import type { LockOptions } from "../access/workspace.ts";
import type { Event } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import type { RunOptions } from "../run/session/options.ts";
import { commandLine } from "./command-line.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { parseParams } from "./params.ts";
import { readRequest } from "./request.ts";
import { RUN_DEFAULTS } from "./run-defaults.ts";

/** What a command that looks at a pipeline was given. */
export interface PipelineRequest {
  /** The manifest, when the first looks like one, and names of tasks. */
  readonly positionals: readonly string[];
  readonly params: readonly string[] | undefined;
  /** Parameters need no values. */
  readonly graphOnly?: boolean;
  /** Sources may be missing. */
  readonly objectsOnly?: boolean;
  /** Takes the lease: the command changes something. */
  readonly lock?: boolean;
}

/** Loads the pipeline for a command, and gives what its `use` printed as an exit code. */
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
  const lock: LockOptions | undefined = request.lock === true ? { ...options, emit: announce } : undefined;
  const result = await withLoaded(
    { ...options, graphOnly: request.graphOnly === true, objectsOnly: request.objectsOnly === true },
    lock,
    (loaded) => use(loaded, options),
  );
  if (result === "interrupted") return 130;
  return result.ok ? result.value : printDiagnostics(result.diagnostics);
}

/** Prints the events of a command that has no report of its own. */
export function announce(event: Event): void {
  if (event.kind === "lock-waiting")
    process.stderr.write(`waiting for "${event.holder.command}" (pid ${event.holder.pid})\n`);
  if (event.kind === "diagnostic") printDiagnostics([event.diagnostic]);
}
