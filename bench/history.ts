import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { realFiles } from "../src/host/files/files.ts";
import { hasher } from "../src/host/files/hash.ts";
import type { Description } from "../src/model/description.ts";
import type { Fingerprint } from "../src/model/digest.ts";
import type { NewVersion } from "../src/model/entry.ts";
import type { Identity } from "../src/model/identity.ts";
import { openStore } from "../src/store/open.ts";
import type { Store } from "../src/store/store.ts";
import type { Commit } from "../src/store/writer.ts";
import { INC } from "./peers/tools.ts";
import { median } from "./timing/statistics.ts";
import { layeredGraph, writeSources } from "./work/workload.ts";

/** Milliseconds of wall time for a question that touches a hundred records, start-up included. */
const TARGET = 150;
const TURNS = 15;

/** A project: nine layers of eleven tasks, each reading two of the layer before (the first: sources), and one that joins the last. */
const WIDTH = 11;
const TASKS = 100;

const quick = process.argv.includes("--quick");
const projects = quick ? 100 : 1000;
const runs = quick ? 2 : 10;
const CLI = fileURLToPath(new URL("../bin/inc.js", import.meta.url));

const root = mkdtempSync(join(tmpdir(), "inc-bench-history-"));
try {
  prepare();
  console.log(`node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`);
  console.log(`${projects * TASKS * runs} records, ${projects * (TASKS + WIDTH)} objects: median of ${TURNS}, in ms`);
  const started = performance.now();
  await fill();
  const size = (statSync(join(root, ".inc/data.mdb")).size / 1e9).toFixed(2);
  console.log(`written in ${((performance.now() - started) / 1000).toFixed(0)} s, ${size} GB\n`);
  console.log("question | ms | target");
  const name = (task: number): string => `p${projects >> 1}/build/${task}`;
  const questions: readonly (readonly string[])[] = [
    ["lineage", name(TASKS - 1)],
    ["lineage", `${name(TASKS - 1)}@1`],
    ["lineage", name(TASKS - 1), "--format", "json"],
    ["lineage", `p${projects >> 1}/src/0`, "--down"],
    ["lineage", name(TASKS - 1), "--diff", "1", String(runs)],
    ["log", name(50)],
    ["status"],
  ];
  for (const question of questions) report(question);
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** A workspace with a pipeline of its own, which has run, for `status` to report on. */
function prepare(): void {
  const workload = layeredGraph(TASKS);
  writeSources(workload, root);
  INC.prepare(workload, root);
  inc(["run"]);
}

function report(question: readonly string[]): void {
  const samples = Array.from({ length: TURNS }, () => inc(question));
  const time = median(samples);
  console.log(`inc ${question.join(" ")} | ${time.toFixed(1)} | ${TARGET} ${time <= TARGET ? "met" : "MISSED"}`);
}

function inc(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const result = spawnSync(process.execPath, [CLI, ...args], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  if (result.status !== 0)
    throw new Error(`inc ${args.join(" ")} failed in ${root}:\n${result.stdout}${result.stderr}`);
  return elapsed;
}

/** Writes the records of so many runs with the store's own commits, thousands at once. */
async function fill(): Promise<void> {
  const opened = openStore(join(root, ".inc"), { files: realFiles, hasher });
  if (!opened.ok) throw new Error(opened.diagnostics.map(({ message }) => message).join());
  const { store } = opened.value;
  for (let run = 1; run <= runs; run += 1)
    for (let project = 0; project < projects; project += 1) {
      for (let task = 0; task < TASKS; task += 1) store.commit(attempt(run, project, task));
      commitValues(store);
      if (project % 20 === 19) store.flush();
    }
  store.flush();
  await opened.value.close();
}

/** The bytes of the one parameter that all use. */
function commitValues(store: Store): void {
  store.blobs.putBytes(Buffer.from('"eu"\n'));
}

/** What a task of a project reads: of the first layer a source, of the others what tasks of the layer before made. */
function readsOf(project: number, task: number): readonly string[] {
  const layer = Math.floor(task / WIDTH);
  if (layer === 0) return [`p${project}/src/${task % WIDTH}`];
  const columns = task === TASKS - 1 ? Array.from({ length: WIDTH }, (_, i) => i) : [task, task + 1];
  return columns.map((column) => `p${project}/build/${(layer - 1) * WIDTH + (column % WIDTH)}`);
}

function identityIn(run: number, name: string): Identity & { type: "file" } {
  return { type: "file", digest: hasher.digest(`${name} ${run}`), executable: false };
}

function attempt(run: number, project: number, task: number): Commit {
  const id = `20260101T${String(run).padStart(9, "0")}-${String(project).padStart(6, "0")}.${String(task + 1).padStart(6, "0")}`;
  const path = `p${project}/build/${task}`;
  const reads = readsOf(project, task);
  const parameter = { type: "file", digest: hasher.digest('"eu"\n'), executable: false } as const;
  const time = Date.parse("2026-01-01T00:00:00Z") + run * 86_400_000 + project * 1000 + task;
  const common = { size: 1000, record: id, run: id.slice(0, id.indexOf(".")), time };
  const sources = task < WIDTH ? reads : [];
  const versions: NewVersion[] = [
    ...sources.map((name) => ({ ...common, name, identity: identityIn(run, name), cause: "used" as const })),
    { ...common, name: "param:region", identity: parameter, size: 5, cause: "used" },
    { ...common, name: path, identity: identityIn(run, path), cause: "made" },
  ];
  const record: NonNullable<Commit["record"]> = {
    id,
    run: common.run,
    manifest: "old.ts",
    task: `p${project}.t${task}`,
    fingerprint: hasher.digest(id) as Fingerprint,
    description: descriptionOf(run, task, reads, path),
    values: ["param:region"],
    objects: {},
    outcome: "ok",
    exit: 0,
    outputs: [{ name: "", path, identity: identityIn(run, path), size: 1000 }],
    host: "bench",
    executor: "local",
    started: time,
    duration: 12,
    reason: { kind: "changed", changes: [] },
    uncached: false,
  };
  return { versions, record };
}

function descriptionOf(run: number, task: number, reads: readonly string[], path: string): Description {
  return {
    format: 1,
    platform: "linux-x64",
    shell: "bash",
    command: [`python3 scripts/step.py --task ${task} --region eu ${reads.join(" ")} > ${path}`],
    cwd: ".",
    env: {},
    params: { region: "eu" },
    tools: {},
    files: Object.fromEntries(reads.map((read) => [read, identityIn(run, read)])),
    sets: {},
    entries: [],
    outputs: [{ name: "", path, type: "file" }],
    depfiles: [],
  };
}
