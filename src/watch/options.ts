import type { Loaded } from "../access/pipeline.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Emit, Summary } from "../model/event.ts";
import type { Graph, Task } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { RunOptions } from "../run/session/options.ts";
import type { Pending } from "./machine.ts";

export interface WatchOptions extends Omit<RunOptions, "signal" | "resident" | "dry" | "force"> {
  /**
   * An edit cancels the attempts that read what it changed, and has the rest planned anew; false: all that runs ends
   * first.
   */
  readonly cancel: boolean;
  /** Where the next run executes attempts. Absent: on this machine. */
  placesOf?(loaded: Loaded): Promise<Result<Pick<RunOptions, "executor" | "elsewhere">>>;
}

/**
 * Shows what watch does. The events of a run come between `began` and `ended`; there are none when nothing has to
 * run.
 */
export interface WatchListener {
  readonly event: Emit;
  /** The manifest was loaded. @param tasks Those asked for, with all that they depend on. */
  loaded(graph: Graph, tasks: readonly Task[]): void;
  began(pending: Pending): void;
  /** @param versions Those published since the previous run, as `rates@2`. */
  published(versions: readonly string[]): void;
  /** @param summary Undefined: nothing could be run. */
  ended(summary: Summary | undefined): void;
  /** All changes so far are part of a run that has ended. Called after each run, or after the last of several that followed each other. */
  quiet(): void;
  /** Problems that keep the manifest from being loaded, or watch from working well. */
  report(diagnostics: readonly Diagnostic[]): void;
  show(what: "why" | "failures"): void;
}
