import { type Loaded, withLoaded } from "../access/pipeline.ts";
import type { Result } from "../model/result.ts";
import type { RunOptions } from "../run/session/options.ts";
import type { Journal } from "../store/journal.ts";
import { commandLine } from "./command-line.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { onEnding } from "./ending.ts";
import { parseParams } from "./params.ts";
import { readRequest } from "./request.ts";
import { RUN_DEFAULTS } from "./run-defaults.ts";
import { announce } from "./with-pipeline.ts";

/** The arguments of a command by which tasks take results that exist, and none runs. */
interface ResultsRequest {
  /** Task names, with the manifest first if one is given. */
  readonly positionals: readonly string[];
  readonly params: readonly string[] | undefined;
}

/** What such a command works with. */
export interface Taking {
  readonly loaded: Loaded;
  readonly journal: Journal | undefined;
  /** Of a run in which no task is executed (`resultsOnly`). */
  readonly options: RunOptions;
}

/** Loads the pipeline for such a command, and calls `take` with it. Resolves to the exit code that `take` gives. */
export async function withResults(
  request: ResultsRequest,
  take: (taking: Taking) => Promise<Result<number>>,
): Promise<number> {
  const found = readRequest(process.cwd(), request.positionals);
  if (!found.ok) return printDiagnostics(found.diagnostics);
  const interrupt = new AbortController();
  onEnding(() => interrupt.abort());
  const options: RunOptions = {
    ...found.value,
    params: parseParams(request.params),
    ...RUN_DEFAULTS,
    dry: false,
    force: false,
    resultsOnly: true,
    command: commandLine(),
    signal: interrupt.signal,
  };
  const result = await withLoaded(options, { ...options, emit: announce }, (loaded, journal) =>
    take({ loaded, journal, options }),
  );
  if (result === "interrupted") return 130;
  return result.ok ? result.value : printDiagnostics(result.diagnostics);
}
