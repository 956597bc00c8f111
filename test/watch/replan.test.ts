import { renameSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";
import type { Running } from "../support/running.ts";

let rig: Rig;
let running: Running;
let lines: EventLines;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

function watch(...args: string[]): void {
  running = rig.start(["watch", "--json", "--jobs", "4", ...args]);
  lines = new EventLines(running);
}

interface Line {
  readonly kind: string;
  readonly task?: string;
  readonly result?: string;
  readonly outcome?: string;
}

/** All events until watch is quiet. */
async function quiet(): Promise<Line[]> {
  return (await lines.until("watch-quiet")).map((line) => JSON.parse(line) as Line);
}

/** `task: result` of the tasks that ended, except fresh ones, sorted. */
function results(told: readonly Line[]): string[] {
  return told
    .filter(({ kind, result }) => kind === "task-ended" && result !== "fresh")
    .map(({ task, result }) => `${task}: ${result}`)
    .sort();
}

/** How the attempts of a task ended. */
function outcomes(told: readonly Line[], id: string): (string | undefined)[] {
  return told.filter(({ kind, task }) => kind === "attempt-ended" && task === id).map(({ outcome }) => outcome);
}

const held = (name: string, text: string, more = ""): string =>
  `export const ${name} = task(sh\`${text}; ${rig.held(name)}\`${more});\n`;

/** Starts watch with the tasks `slow`, which is held, and `small`, which has ended. */
async function slowBesideSmall(): Promise<Awaited<ReturnType<Rig["waitFor"]>>> {
  rig.write("slow.txt", "1");
  rig.write("small.txt", "1");
  watch();
  const slow = await rig.waitFor("slow");
  (await rig.waitFor("small")).release();
  await lines.until("task-ended");
  return slow;
}

describe("an edit while an unrelated task runs", () => {
  test("runs the task that reads it at once, and leaves the other attempt alone", async () => {
    rig.manifest(
      held("slow", `cat \${file("slow.txt")} > \${out("build/slow")}`) +
        `export const small = task(sh\`cat \${file("small.txt")} > \${out("build/small")}; ${rig.held("small")}\`);`,
    );
    const slow = await slowBesideSmall();
    for (const text of ["2", "3"]) {
      rig.write("small.txt", text);
      (await rig.waitFor("small")).release();
      await lines.until("task-ended");
      expect(rig.read("build/small")).toBe(text);
    }
    slow.release();
    const told = await quiet();
    expect(results(told)).toEqual(["slow: ran"]);
    expect(outcomes(told, "slow")).toEqual(["ok"]);
    expect(rig.read("build/slow")).toBe("1");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect((await rig.run("run", "--json")).stdout).not.toContain("attempt-started");
  });

  test("a task that waits for the attempt runs with its result and with the edit", async () => {
    rig.manifest(
      held("slow", `cat \${file("slow.txt")} > \${out("build/slow")}`) +
        `export const small = task(sh\`cat \${file("small.txt")} > \${out("build/small")}; ${rig.held("small")}\`);
export const both = task(sh\`cat \${slow} \${small} > \${out("build/both")}\`);`,
    );
    rig.write("slow.txt", "1");
    rig.write("small.txt", "1");
    watch();
    const slow = await rig.waitFor("slow");
    const small = await rig.waitFor("small");
    rig.write("small.txt", "2");
    await small.gone;
    (await rig.waitFor("small")).release();
    await lines.until("task-ended");
    slow.release();
    expect(results(await quiet())).toEqual(["both: ran", "slow: ran"]);
    expect(rig.read("build/both")).toBe("12");
  });

  test("an edit of an input cancels the attempt that was carried over", async () => {
    rig.manifest(
      held("slow", `cat \${file("slow.txt")} > \${out("build/slow")}`) + held("small", `cat \${file("small.txt")}`),
    );
    const slow = await slowBesideSmall();
    rig.write("small.txt", "2");
    (await rig.waitFor("small")).release();
    await lines.until("task-ended");
    rig.write("slow.txt", "2");
    await slow.gone;
    (await rig.waitFor("slow")).release();
    const told = await quiet();
    expect(results(told)).toEqual(["slow: ran"]);
    expect(outcomes(told, "slow")).toEqual(["cancelled", "ok"]);
    expect(rig.read("build/slow")).toBe("2");
  });

  test("a file that came and went while the attempt was carried over is not taken for its input", async () => {
    rig.manifest(
      held("slow", `${rig.held("begin")}; cat \${file("slow.txt")} > \${out("build/slow")}`) +
        held("small", `cat \${file("small.txt")}`),
    );
    rig.write("slow.txt", "1");
    rig.write("small.txt", "1");
    watch();
    const begin = await rig.waitFor("begin");
    (await rig.waitFor("small")).release();
    await lines.until("task-ended");
    rig.open("begin");
    rig.open("slow");
    rig.write("slow.txt", "X");
    begin.release();
    rig.write("slow.txt", "1");
    rig.write("small.txt", "2");
    (await rig.waitFor("small")).release();
    await quiet();
    expect(rig.read("build/slow")).toBe("1");
  });

  test("a failure leaves the attempt that was carried over alone", async () => {
    rig.manifest(
      held("slow", `cat \${file("slow.txt")} > \${out("build/slow")}`) +
        `export const small = task(sh\`${rig.held("small")}; grep -q good \${file("small.txt")}\`);`,
    );
    rig.write("slow.txt", "1");
    rig.write("small.txt", "good");
    watch();
    const slow = await rig.waitFor("slow");
    (await rig.waitFor("small")).release();
    await lines.until("task-ended");
    rig.write("small.txt", "bad");
    (await rig.waitFor("small")).release();
    expect((await lines.until("task-ended")).at(-1)).toContain('"result":"failed"');
    slow.release();
    expect(outcomes(await quiet(), "slow")).toEqual(["ok"]);
    expect(rig.read("build/slow")).toBe("1");
  });

  test("an interrupt ends the attempt that was carried over", async () => {
    rig.manifest(
      held("slow", `cat \${file("slow.txt")} > \${out("build/slow")}`) + held("small", `cat \${file("small.txt")}`),
    );
    rig.write("slow.txt", "1");
    rig.write("small.txt", "1");
    watch();
    const slow = await rig.waitFor("slow");
    const small = await rig.waitFor("small");
    rig.write("small.txt", "2");
    await small.gone;
    await rig.waitFor("small");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    await slow.gone;
    expect(rig.exists("build/slow")).toBe(false);
  });

  test("with --no-cancel the round ends first", async () => {
    rig.manifest(held("slow", `cat \${file("slow.txt")}`) + held("small", `cat \${file("small.txt")}`));
    rig.write("slow.txt", "1");
    rig.write("small.txt", "1");
    watch("--no-cancel");
    const slow = await rig.waitFor("slow");
    (await rig.waitFor("small")).release();
    rig.write("small.txt", "2");
    slow.release();
    (await rig.waitFor("small")).release();
    expect(outcomes(await quiet(), "slow")).toEqual(["ok"]);
  });
});

test("an ignored file of a set cancels the attempt that reads the set at most once, whatever is edited afterwards", async () => {
  rig.manifest(
    `const s = files("s/**/*", { gitignore: true });\n` +
      held("slow", `cat s/a.txt > \${out("build/slow")}`, ", { inputs: [s] }") +
      held("small", `cat \${file("small.txt")}`),
  );
  rig.write(".gitignore", "*.log\n");
  rig.write("s/a.txt", "1");
  rig.write("small.txt", "1");
  watch();
  const slow = await rig.waitFor("slow");
  (await rig.waitFor("small")).release();
  await lines.until("task-ended");
  rig.write("s/x.log", "1");
  await slow.gone;
  const again = await rig.waitFor("slow");
  rig.write("small.txt", "2");
  (await rig.waitFor("small")).release();
  await lines.until("task-ended");
  again.release();
  expect(outcomes(await quiet(), "slow")).toEqual(["ok"]);
});

test("an edit upstream of a running attempt cancels it, and both run again", async () => {
  rig.manifest(
    `export const gen = task(sh\`cat \${file("gen.txt")} > \${out("build/gen")}\`);\n` +
      held("slow", `cat \${gen} > \${out("build/slow")}`),
  );
  rig.write("gen.txt", "1");
  watch();
  const slow = await rig.waitFor("slow");
  rig.write("gen.txt", "2");
  await slow.gone;
  (await rig.waitFor("slow")).release();
  const told = await quiet();
  expect(outcomes(told, "slow")).toEqual(["cancelled", "ok"]);
  expect(rig.read("build/slow")).toBe("2");
});

test("a publication while an unrelated task runs is read at once", async () => {
  rig.manifest(
    held("slow", `cat \${file("slow.txt")} > \${out("build/slow")}`) +
      `export const small = task(sh\`cat \${object("rates")} > \${out("build/small")}; ${rig.held("small")}\`);`,
  );
  rig.write("slow.txt", "1");
  await rig.start(["put", "rates", "-"], { input: "1" }).ended;
  watch();
  const slow = await rig.waitFor("slow");
  (await rig.waitFor("small")).release();
  await lines.until("task-ended");
  await rig.start(["put", "rates", "-"], { input: "2" }).ended;
  (await rig.waitFor("small")).release();
  await lines.until("task-ended");
  expect(rig.read("build/small")).toBe("2");
  slow.release();
  const told = await quiet();
  expect(results(told)).toEqual(["slow: ran"]);
  expect(outcomes(told, "slow")).toEqual(["ok"]);
});

test("an edit of a file that only a depfile names, and a directory of a set that is moved away, wait for no other attempt", async () => {
  rig.manifest(
    held("slow", `cat \${file("slow.txt")} > \${out("build/slow")}`) +
      `export const cc = task(sh\`cat \${file("main.c")} inc.h > \${out("build/main")}; echo "build/main: main.c inc.h" > \${depfile("main.d")}\`);
const s = files("s/**/*.txt");
export const members = task(sh\`echo \${s} > \${out("build/list")}\`);`,
  );
  for (const path of ["slow.txt", "main.c", "inc.h", "s/a.txt", "s/n/b.txt"]) rig.write(path, "1");
  watch();
  const slow = await rig.waitFor("slow");
  for (const _task of ["cc", "members"]) await lines.until("task-ended");
  rig.write("inc.h", "2");
  await lines.until("task-ended");
  expect(rig.read("build/main")).toBe("12");
  renameSync(rig.path("s/n"), rig.path("gone"));
  await lines.until("task-ended");
  expect(rig.read("build/list")).toBe("s/a.txt\n");
  slow.release();
  const told = await quiet();
  expect(outcomes(told, "slow")).toEqual(["ok"]);
});

test("a task that writes its own input ends with the reason, and watch is quiet", async () => {
  rig.manifest(`
    export const a = task(sh\`cat \${file("x.txt")} > \${out("build/a")}; date +%N > x.txt; sleep .3\`);
    export const mark = task(sh\`cat \${file("mark.txt")} > \${out("build/mark")}\`);`);
  rig.write("x.txt", "1");
  rig.write("mark.txt", "1");
  watch();
  // The second run is for an edit that a person may have made meanwhile.
  expect(JSON.stringify(await quiet()).match(/INC4203/g)).toHaveLength(2);
  // The next run is of this edit alone.
  rig.write("mark.txt", "2");
  const begun = JSON.parse((await lines.until("watch-changed")).at(-1) as string) as { paths: string[] };
  expect(begun.paths).toEqual(["mark.txt"]);
});
