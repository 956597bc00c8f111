import { mkdtempSync, readdirSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Executor } from "../../src/execute/executor.ts";
import type { Event } from "../../src/model/event.ts";
import { FILES, MADE, PIPELINE, type Ran, runBy } from "../execute/executed.ts";
import { Elsewhere, FAR } from "../support/elsewhere.ts";
import { type Rig, Rigs } from "../support/rig.ts";

const rigs = new Rigs();

afterEach(() => rigs.close());

function elsewhere(rig: Rig): { readonly executor: Elsewhere; readonly left: () => readonly string[] } {
  const base = mkdtempSync(join(tmpdir(), "inc-far-"));
  return { executor: new Elsewhere(rig.root, base), left: () => readdirSync(base) };
}

function kinds(events: readonly Event[], task: string): readonly string[] {
  return events.filter((event) => "task" in event && event.task === task).map(({ kind }) => kind);
}

test("another executor gives a whole pipeline the same results, and records name that executor", async () => {
  const [here, there] = [await rigs.of(PIPELINE, FILES), await rigs.of(PIPELINE, FILES)];
  for (const rig of [here, there]) expect((await rig.run("put", "model", "model.bin")).code).toBe(0);
  const local = await runBy(here, undefined);
  const { executor, left } = elsewhere(there);
  const far = await runBy(there, () => executor);

  expect(local.summary).toMatchObject({ ran: 8, failed: 0, exit: 0 });
  expect(far.summary).toMatchObject({ ran: 8, failed: 0, exit: 0 });
  for (const path of MADE) expect([path, there.read(path)]).toEqual([path, here.read(path)]);
  const results = ({ records }: Ran) =>
    [...records.values()].map(({ task, outcome, fingerprint, outputs, description }) => ({
      task,
      outcome,
      fingerprint,
      outputs: outputs.map(({ path, identity }) => ({ path, identity })),
      found: description.found,
    }));
  expect(results(far)).toEqual(results(local));
  expect(far.logs).toEqual(local.logs);
  expect(far.logs.get("index")).toBe("indexed\n");
  expect([...far.records.values()].map(({ executor: name, host }) => `${name} ${host}`)).toEqual(
    Array(8).fill(`elsewhere ${FAR}`),
  );
  expect([...local.records.values()].map(({ executor: name, host }) => `${name} ${host}`)).toEqual(
    Array(8).fill(`local ${hostname()}`),
  );
  expect(executor.brought.get("merged")).toEqual(["build/sorted/a.txt", "build/sorted/b.txt"]);
  expect(left()).toEqual([]);

  // Results from elsewhere are fresh here as well, and an edit runs only the tasks that read it.
  expect((await runBy(there, undefined)).summary).toMatchObject({ fresh: 8, ran: 0, exit: 0 });
  there.write("src/lib.h", "int more;\n");
  const again = await runBy(there, () => executor);
  expect(again.summary).toMatchObject({ fresh: 7, ran: 1 });
  expect(there.read("build/main.o")).toBe("int main;\nint more;\n");
});

test("another executor sees only the declared inputs of a task", async () => {
  const rig = await rigs.of(`export const peek = task(sh\`cat \${file("a.txt")} b.txt > \${out("made.txt")}\`);`, {
    "a.txt": "a",
    "b.txt": "b",
  });
  const { executor } = elsewhere(rig);
  const { summary, records, logs } = await runBy(rig, () => executor);
  expect(summary).toMatchObject({ failed: 1, exit: 1 });
  expect(records.get("peek")).toMatchObject({ outcome: "failed", exit: 1, executor: "elsewhere", host: FAR });
  expect(logs.get("peek")).toMatch(/b\.txt: No such file/);
  expect(rig.exists("made.txt")).toBe(false);
  expect((await runBy(rig, undefined)).summary).toMatchObject({ ran: 1, exit: 0 });
});

test("another executor reports the exit codes, logs, retries and time-outs of commands", async () => {
  const rig = await rigs.of(`
    export const fails = task(sh\`echo out; echo err >&2; exit 3\`, { retries: 1 });
    export const killed = task(sh\`kill -KILL $$\`);
    export const slow = task(sh\`echo begun; sleep 100\`, { timeout: "200ms" });
    export const lazy = task(sh\`true > \${out("there")}; rm there\`);
    export const missing = task(exec(["no-such-program"]));
  `);
  const { executor, left } = elsewhere(rig);
  const { summary, records, logs, events } = await runBy(rig, () => executor);
  expect(summary).toMatchObject({ failed: 5, exit: 1 });
  expect(records.get("fails")).toMatchObject({ outcome: "failed", exit: 3, host: FAR });
  expect(logs.get("fails")).toBe("out\nerr\n");
  expect(kinds(events, "fails").filter((kind) => kind === "attempt-ended")).toHaveLength(2);
  expect(records.get("killed")).toMatchObject({ outcome: "failed", signal: "SIGKILL" });
  expect(records.get("slow")).toMatchObject({ outcome: "timeout", signal: "SIGTERM" });
  expect(logs.get("slow")).toBe("begun\n");
  const codes = events.flatMap((event) =>
    event.kind === "task-ended" ? (event.failure?.diagnostics.map(({ code }) => `${event.task} ${code}`) ?? []) : [],
  );
  expect(codes.sort()).toEqual(["lazy INC4302", "missing INC4301"]);
  expect(left()).toEqual([]);
});

test("an interrupt ends attempts of another executor", async () => {
  const rig = await rigs.of(`
    export const long = task(sh\`echo begun; exec sleep 1000\`);
    export const behind = task(sh\`true\`, { after: [long] });
  `);
  const { executor, left } = elsewhere(rig);
  const stop = new AbortController();
  const following: Executor = {
    name: executor.name,
    close: () => executor.close(),
    execute: (attempt) =>
      executor.execute({
        ...attempt,
        onOutput: (bytes) => {
          expect(bytes.toString()).toBe("begun\n");
          stop.abort();
        },
      }),
  };
  const { summary, records } = await runBy(rig, () => following, { signal: stop.signal });
  expect(summary).toMatchObject({ cancelled: 1, skipped: 1, exit: 130 });
  expect(records.get("long")).toMatchObject({ outcome: "cancelled", signal: "SIGTERM", host: FAR });
  expect(left()).toEqual([]);
});

test("an error of the executor fails the task and not the run", async () => {
  const rig = await rigs.of(`
    export const a = task(sh\`echo a > \${out("a.txt")}\`);
    export const b = task(sh\`echo b > \${out("b.txt")}\`);
  `);
  const { executor } = elsewhere(rig);
  const full: Executor = {
    name: "full",
    close: () => executor.close(),
    execute: (attempt) =>
      attempt.command.task.id === "a"
        ? Promise.reject(Object.assign(new Error("no space left"), { code: "ENOSPC", syscall: "write" }))
        : executor.execute(attempt),
  };
  const { summary } = await runBy(rig, () => full);
  expect(summary).toMatchObject({ ran: 1, failed: 1, exit: 1 });
});
