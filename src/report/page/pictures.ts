import type { TaskResult } from "../../model/event.ts";

/**
 * What pages are given to draw: the contract between inc and the scripts in `browser/`. Ids, paths and references are
 * raw; all other text can be shown as it is. Times are in milliseconds since the epoch.
 */

export type Corner = readonly [x: number, y: number];

export interface GraphDrawing {
  /** The upper left corner of each node. */
  readonly corners: readonly Corner[];
  /** The line of each edge, as the `d` of an SVG path. */
  readonly lines: readonly string[];
}

/** Indexes of nodes. */
export type EdgePair = readonly [from: number, to: number];

/** The data of the lineage page. */
export interface LineagePicture {
  readonly nodes: readonly {
    readonly title: string;
    readonly details: readonly (readonly [label: string, text: string])[];
  }[];
  readonly edges: readonly EdgePair[];
  readonly corners: readonly Corner[];
  /** Indexes of nodes. */
  readonly roots: readonly number[];
}

/** The state of a task or a service, as its box in the graph shows it. */
export type BoxState =
  | "unknown"
  | "waiting"
  | "running"
  | "ran"
  | "restored"
  | "fresh"
  | "failed"
  | "skipped"
  | "cancelled"
  | "starting"
  | "ready"
  | "stopped";

/** A task's id, the state of its box, and the details in words. */
export type BoxChange = readonly [id: string, state: BoxState, words: string];

export interface TaskPicture {
  readonly id: string;
  readonly name: string;
  /** As much of the name as fits into its box. */
  readonly label: string;
  readonly service: boolean;
  readonly description: string;
  /** Workspace paths. */
  readonly outputs: readonly string[];
}

/** The graph of the watch page; corners and lines are empty when there are too many tasks to draw. */
export interface GraphPicture extends GraphDrawing {
  readonly tasks: readonly TaskPicture[];
  /** From what is needed to what needs it. */
  readonly edges: readonly EdgePair[];
}

/** What became of one task in a run. */
export interface BarPicture {
  readonly id: string;
  readonly name: string;
  readonly result: TaskResult | "running";
  readonly words: string;
  readonly start: number;
  readonly end: number;
}

/** A run as the timeline shows it. */
export interface RunPicture {
  /** Counts from the first run of this watch. */
  readonly n: number;
  readonly cause: string;
  readonly start: number;
  /** Absent: the run goes on. */
  readonly end?: number;
  readonly exit?: number;
  readonly summary: string;
  /** One for each task that was not just fresh. */
  readonly bars: readonly BarPicture[];
  /** How many tasks have no bar because there are too many. */
  readonly more: number;
}

/** One event of the watch page. */
export interface PictureChange {
  /** Absent: the same as before. */
  readonly graph?: GraphPicture;
  readonly boxes: readonly BoxChange[];
  /** The runs that are new or have changed. */
  readonly runs: readonly RunPicture[];
  readonly status: string;
  /** Why the manifest cannot be loaded; empty when it can. */
  readonly problem: string;
}

/** What the watch page gets instead of an answer. */
export interface PageProblem {
  readonly problem: string;
}

/** What a task or a service printed, safe to show. */
export interface PageLog {
  /** Says which log this is. */
  readonly head: string;
  /** As a person would type it. */
  readonly command?: string;
  readonly text: string;
}

/** A line of a lineage that can be clicked. */
export interface LineageRow {
  readonly depth: number;
  readonly kind: "version" | "record";
  /** Of a version, the reference that asks for its lineage; of an attempt, the id of its task. */
  readonly id: string;
  readonly name: string;
  readonly facts: string;
  /** The same node is further up already, with all below it. */
  readonly again: boolean;
}

export interface PageLineage {
  readonly title: string;
  readonly rows: readonly LineageRow[];
  /** Some versions or attempts were left out. */
  readonly isCut: boolean;
}
