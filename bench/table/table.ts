import { COLD, DELETED, NO_OP, ONE, type Scenario, THERE_AND_BACK, TOUCH } from "../work/scenarios.ts";
import { fileTree, largeArtifact, layeredGraph, type MakeWorkload } from "../work/workload.ts";
import { type Goal, ratioTo } from "./goals.ts";

/** How much is measured: `--quick`, neither flag, `--large`. Each includes the ones before it. */
export type Extent = "quick" | "default" | "large";

export interface Row {
  readonly work: string;
  readonly scenario: Scenario;
  readonly goals: readonly Goal[];
  /** Further flags of inc, which is then measured without its peers. */
  readonly flags?: readonly string[];
}

/** A workload, and what is measured on it. */
export interface Stage {
  readonly workload: MakeWorkload;
  readonly from: Extent;
  /** Names of the peers. */
  readonly peers: readonly string[];
  /** A cold build, if it is measured, comes first: the other rows need what it builds. */
  readonly rows: readonly Row[];
  /** A point of a growth line: what grows, and how much of it there is here. */
  readonly growth?: { readonly of: "tasks" | "files"; readonly size: number };
}

const ALL = ["make", "ninja", "turbo", "bazel", "wireit"];
const ahead = ["turbo", "bazel"].map((peer) => ratioTo(peer, 1));
const memory = (atMost: number): Goal => ({ kind: "memory", atMost });
const number = (n: number): string => n.toLocaleString("en");

function graph(tasks: number, rows: Omit<Stage, "workload" | "growth">): Stage {
  return { ...rows, workload: (place) => layeredGraph(tasks, place), growth: { of: "tasks", size: tasks } };
}

function files(count: number, rows: Omit<Stage, "workload" | "growth">): Stage {
  return { ...rows, workload: (place) => fileTree(count, place), growth: { of: "files", size: count } };
}

/** Only a point of a growth line. */
function growing(of: "tasks" | "files", size: number, from: Extent): Stage {
  const rows = [{ work: `one ${of === "tasks" ? "leaf" : "file"}, ${number(size)} ${of}`, scenario: ONE, goals: [] }];
  return (of === "tasks" ? graph : files)(size, { from, peers: ["ninja"], rows });
}

function noOpWith(...flags: string[]): Row {
  return { work: `no-op, 1,000 tasks, ${flags.join(" ")}`, scenario: NO_OP, goals: [ratioTo("node", 2.2)], flags };
}

const THOUSAND = graph(1000, {
  from: "quick",
  peers: ALL,
  rows: [
    { work: "cold, 1,000 tasks", scenario: COLD, goals: [ratioTo("ninja", 1.6)] },
    { work: "no-op, 1,000 tasks", scenario: NO_OP, goals: [ratioTo("node", 2.2)] },
    noOpWith("--output-logs=none"),
    noOpWith("--json"),
    noOpWith("-k"),
    { work: "one leaf, 1,000 tasks", scenario: ONE, goals: [ratioTo("node", 3.5)] },
    { work: "A→B→A, 1,000 tasks", scenario: THERE_AND_BACK, goals: [ratioTo("node", 3.5)] },
    { work: "outputs deleted, 1,000 tasks", scenario: DELETED, goals: [ratioTo("ninja", 0.35)] },
  ],
});

const TEN_THOUSAND = graph(10_000, {
  from: "large",
  peers: ["make", "ninja"],
  rows: [
    { work: "cold, 10,000 tasks", scenario: COLD, goals: [ratioTo("ninja", 1.6), memory(250)] },
    { work: "no-op, 10,000 tasks", scenario: NO_OP, goals: [ratioTo("ninja", 1.5)] },
    { work: "one leaf, 10,000 tasks", scenario: ONE, goals: [ratioTo("ninja", 3)] },
    { work: "outputs deleted, 10,000 tasks", scenario: DELETED, goals: [ratioTo("ninja", 0.3)] },
  ],
});

/** The same rows as below; the goals are those of the larger size, where start-up weighs less. */
const FEWER_FILES = files(10_000, {
  from: "quick",
  peers: ALL,
  rows: [
    { work: "cold, 10,000 files", scenario: COLD, goals: [] },
    { work: "no-op, 10,000 files", scenario: NO_OP, goals: [] },
    { work: "one file, 10,000 files", scenario: ONE, goals: [] },
    { work: "touch one, 10,000 files", scenario: TOUCH, goals: [] },
  ],
});

const MANY_FILES = files(100_000, {
  from: "large",
  peers: ["make", "ninja", "turbo", "bazel"],
  rows: [
    { work: "cold, 100,000 files", scenario: COLD, goals: [ratioTo("ninja", 2.2), memory(300)] },
    { work: "no-op, 100,000 files", scenario: NO_OP, goals: [ratioTo("ninja", 1.3)] },
    { work: "one file, 100,000 files", scenario: ONE, goals: [ratioTo("ninja", 2.5), ...ahead, memory(200)] },
    { work: "touch one, 100,000 files", scenario: TOUCH, goals: [ratioTo("ninja", 1.6)] },
  ],
});

const ARTIFACT: Stage = {
  workload: largeArtifact,
  from: "default",
  peers: ["make", "turbo"],
  rows: [
    {
      work: "1 GiB made and copied, cold",
      scenario: COLD,
      goals: [{ kind: "ratio", atMost: 1.6, of: { make: 1, hash: 2, cp: 1 } }],
    },
    { work: "1 GiB × 2 restored", scenario: DELETED, goals: [ratioTo("turbo", 0.6)] },
  ],
};

export const STAGES: readonly Stage[] = [
  THOUSAND,
  TEN_THOUSAND,
  FEWER_FILES,
  MANY_FILES,
  ARTIFACT,
  growing("tasks", 300, "quick"),
  growing("tasks", 3000, "quick"),
  growing("tasks", 30_000, "large"),
  growing("files", 3000, "quick"),
  growing("files", 30_000, "default"),
];

/** Commands that need no pipeline. */
export const COMMANDS: readonly { readonly work: string; readonly args: readonly string[]; readonly goal: Goal }[] = [
  { work: "inc --help", args: ["--help"], goal: ratioTo("node", 2) },
  { work: "inc --version", args: ["--version"], goal: ratioTo("node", 2) },
];

/**
 * Watching: 100 tasks beside one over so many files. The goals in multiples of a bare Node keep what it once took
 * (27 ms and 48 ms, where Node took 26).
 */
export const WATCHING: readonly {
  readonly work: string;
  readonly files: number;
  readonly from: Extent;
  readonly goals: readonly Goal[];
}[] = [
  { work: "watch: edit → done, 100 tasks", files: 100, from: "quick", goals: [ratioTo("node", 1.2)] },
  { work: "watch: edit → done, 10,000 files", files: 10_000, from: "quick", goals: [ratioTo("node", 2)] },
  { work: "watch: edit → done, 100,000 files", files: 100_000, from: "large", goals: [memory(200)] },
];
