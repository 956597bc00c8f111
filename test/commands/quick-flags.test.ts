import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.create(
    [
      'const greeting = param("greeting", "hello");',
      'export const late = task(sh`cat ${file("b")} > ${out("late.txt")}`);',
      'export const early = task(sh`echo ${greeting}; cat ${file("a")} > ${out("early.txt")}`);',
      'export const both = task(sh`cat ${late} ${early} > ${out("both.txt")}`);',
      'export const units = each(files("u/*"), (unit) => task(sh`cat ${unit} > ${out(`made/${unit.stem}`)}`));',
    ].join("\n"),
  );
  for (const path of ["a", "b", "u/1", "u/2", "u/3", ".git/debug"]) rig.write(path, `${path}\n`);
});
afterEach(() => rig.close());

/** Runs inc, and says whether it took the short way or looked at each task. */
async function look(
  ...args: readonly string[]
): Promise<{ way: string; code: number | null; stdout: string; stderr: string }> {
  const env = { INC_DEBUG: "plan", INC_DEBUG_FILE: rig.path(".git/debug") };
  rig.write(".git/debug", "");
  const outcome = await rig.start(["run", ...args], { env }).ended;
  return { ...outcome, way: rig.read(".git/debug").includes("decide") ? "full" : "short" };
}

/** Without what differs between two runs of the same, among it the order of tasks that do not depend on each other. */
function settled(text: string): string {
  const taskOf = (line: string): string => /"task":"([^"]*)"/.exec(line)?.[1] ?? "";
  const lines = text.split("\n");
  const inGroups = [
    ...lines.filter((line) => taskOf(line) === ""),
    ...lines
      .filter((line) => taskOf(line) !== "")
      .sort((a, b) => (taskOf(a) < taskOf(b) ? -1 : Number(taskOf(a) > taskOf(b)))),
  ];
  return inGroups
    .join("\n")
    .replace(/"run":"\d{8}T\d{9}-[0-9a-f]{6}"/g, '"run":"ID"')
    .replace(/"time":\d+/g, '"time":0')
    .replace(/"duration":\d+/g, '"duration":0')
    .replace(/ in \d+(\.\d+)?m?s/, " in 0ms");
}

describe("flags that change nothing about what is fresh", () => {
  for (const args of [
    ["-k"],
    ["--verbose"],
    ["--adopt"],
    ["--no-cache-write"],
    ["--lock-wait=5s"],
    ["--output-logs=none"],
    ["--output-logs=errors-only"],
    ["--output-logs=stream"],
    ["--param", "greeting=hi"],
    ["--json"],
    ["--json", "--output-logs=stream", "-j", "3"],
    ["--json", "both"],
    ["--json", "units", "--param", "greeting=hi"],
    ["--profile=.git/trace.json", "--json"],
  ])
    it(`print the same the short way and the full way: ${args.join(" ")}`, async () => {
      const asked = args.filter((arg) => arg !== "--no-cache-write");
      expect(await rig.run("run", ...asked)).toMatchObject({ code: 0, stderr: "" });
      await rig.run("run", ...asked);
      const short = await look(...args);
      expect([short.way, short.code]).toEqual(["short", 0]);
      rig.remove(".inc/snapshot");
      const full = await look(...args);
      expect(full.way).toBe("full");
      expect(settled(short.stdout)).toBe(settled(full.stdout));
      expect(short.stderr).toBe(full.stderr);
    });

  it("name each task after those that it depends on", async () => {
    await rig.run("run");
    await rig.run("run");
    const { way, stdout } = await look("--json");
    expect(way).toBe("short");
    const ended = [...stdout.matchAll(/"task-ended","task":"(\w+)"/g)].map(([, task]) => task);
    expect(ended.slice(0, ended.indexOf("both")).sort()).toEqual(["early", "late"]);
  });

  it("write the profile of the short way", async () => {
    await rig.run("run");
    await rig.run("run");
    const { way, stdout } = await look("--profile", ".git/trace.json");
    expect(way).toBe("short");
    expect(stdout).toMatch(/^ran 0, restored 0, fresh 6/);
    const trace = JSON.parse(rig.read(".git/trace.json")) as { traceEvents: { name: string; ts: number }[] };
    expect(trace.traceEvents.map(({ name }) => name)).toEqual(["thread_name", "no-op"]);
    expect(trace.traceEvents.every(({ ts }) => ts >= 0 && ts < 60e6)).toBe(true);
  });

  it("print once what there is when the profile cannot be written in the end", async () => {
    await rig.run("run");
    await rig.run("run");
    const { way, code, stdout, stderr } = await look("--profile", "/dev/full");
    expect([way, code]).toEqual(["short", 2]);
    expect(stdout.match(/fresh 6/g)).toHaveLength(1);
    expect(stderr).toContain('error INC1005: the trace cannot be written to "/dev/full"');
  });

  it("take the full way where the store or the commands have to be asked", async () => {
    await rig.run("run");
    await rig.run("run");
    for (const args of [["--output-logs=full"], ["--force", "early"], ["--no-cache-read", "early"], ["-n"]])
      expect((await look(...args)).way).toBe("full");
  });

  it("take the full way for events where a service is a part of the pipeline", async () => {
    rig.manifest(
      'export const db = service(sh`sleep 60`);\nexport const a = task(sh`echo > ${out("a.txt")}`, { after: [db] });',
    );
    await rig.run("run", "a");
    await rig.run("run", "a");
    expect((await look("a")).way).toBe("short");
    const { way, stdout } = await look("a", "--json");
    expect(way).toBe("full");
    expect(stdout).toContain('"tasks":["a"]');
  });

  it("are refused as in a full run when they cannot be used", async () => {
    await rig.run("run");
    await rig.run("run");
    rig.write("other.json", "mine");
    for (const args of [
      ["-j", "none"],
      ["--lock-wait", "soon"],
      ["--param", "x"],
      ["--profile", "other.json"],
    ]) {
      const { code, stdout, stderr } = await rig.run("run", ...args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toMatch(/^error INC100[34]/);
    }
    expect(rig.read("other.json")).toBe("mine");
  });
});
