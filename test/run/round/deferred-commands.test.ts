import { afterEach, beforeEach, expect, test } from "vitest";
import type { Rig } from "../../support/rig.ts";
import { ran } from "../../support/shared-runs.ts";
import { PAD, SharedPipeline } from "./shared-pipeline.ts";

const MANIFEST = `
export const gen = task(sh\`cat \${file("x.txt")} | ${PAD} > \${out("build/gen")}; echo printed\`);
export const last = task(sh\`head -n 1 \${gen} > \${out("build/last")}\`, { inputs: [file("y.txt")] });
`;

let shared: SharedPipeline;
let rig: Rig;

beforeEach(async () => {
  shared = await SharedPipeline.of(MANIFEST, { "x.txt": "x\n", "y.txt": "y\n" });
  rig = await shared.checkout();
  expect(ran(await shared.run(rig, "minimal"))).toEqual([]);
  expect(rig.exists("build/gen")).toBe(false);
});

afterEach(() => shared.close());

test("get tells where the bytes are, and how to bring them", async () => {
  const { code, stderr } = await rig.run("get", "build/gen");
  expect(code).toBe(2);
  expect(stderr).toContain("error INC1032: the bytes of build/gen@1 are not in the store");
  expect(stderr).toContain("help: bring it from there: inc run gen --remote-download toplevel");
  expect((await shared.run(rig, "toplevel", "gen")).code).toBe(0);
  expect((await rig.run("get", "build/gen")).stdout).toBe(rig.read("build/gen"));
});

test("status, why and a dry run call it fresh, and say where it is", async () => {
  const status = await rig.run("status", "--all");
  expect((await rig.run("status")).stdout).toMatch(
    /^2 of 2 fresh, 1 of them with outputs in the shared cache only\nlast run/,
  );
  expect(status.stdout).toContain("fresh         gen  build/gen is in the shared cache only");
  expect((await rig.run("why", "gen")).stdout).toContain("build/gen is in the shared cache only");
  const env = { INC_REMOTE: shared.server.url, INC_REMOTE_DOWNLOAD: "minimal" };
  expect((await rig.start(["run", "-n"], { env }).ended).stdout).toContain("fresh 2");
  // With another choice it would be brought, or made.
  const all = await rig.start(["run", "-n"], { env: { INC_REMOTE: shared.server.url } }).ended;
  expect(all.stdout).toContain("build/gen is in the shared cache only");
});

test("log, lineage and diff know the version", async () => {
  const log = (await rig.run("log", "build/gen")).stdout;
  expect(log).toMatch(
    /@1 .* {2}in the shared cache only\n {2}bring the bytes of @1: inc run gen --remote-download toplevel\n/,
  );
  expect((await rig.run("log", "build/last")).stdout).not.toContain("shared cache");
  expect(JSON.parse((await rig.run("log", "build/gen", "--json")).stdout)).toMatchObject([
    { versions: [{ kept: false, deferred: true }] },
  ]);
  expect((await rig.run("lineage", "build/last")).stdout).toMatch(/build\/gen@1 .*bytes in the shared cache only/);
  rig.write("x.txt", "other\n");
  await shared.run(rig, "minimal");
  // The way to bytes of an older version is not that of the latest.
  expect((await rig.run("log", "build/gen")).stdout).toMatch(/@1 .* {2}in the shared cache only\n$/);
  const { code, stderr } = await rig.run("diff", "build/gen@1", "build/gen@2");
  expect(code).not.toBe(0);
  expect(stderr).toContain("the bytes of build/gen@1 are not in the store");
});

test("doctor finds nothing wrong, gc removes nothing, clean has nothing to remove", async () => {
  expect(await rig.run("doctor")).toMatchObject({ code: 0, stdout: expect.not.stringContaining("lost") });
  expect((await rig.run("gc")).code).toBe(0);
  expect((await shared.run(rig, "minimal")).results).toEqual(["gen: fresh", "last: fresh"]);
  expect((await rig.run("clean")).code).toBe(0);
  expect(ran(await shared.run(rig, "minimal"))).toEqual([]);
  expect(rig.exists("build/gen")).toBe(false);
});

test("the short way says the same as the long one", async () => {
  const env = { INC_REMOTE: shared.server.url, INC_REMOTE_DOWNLOAD: "minimal" };
  const events = async (more: Readonly<Record<string, string>>): Promise<readonly unknown[]> => {
    const { stdout } = await rig.start(["run", "--json"], { env: { ...env, ...more } }).ended;
    const lines = stdout.trim().split("\n");
    return lines
      .map((line) => JSON.parse(line))
      .flatMap(({ kind, task, reason }) => (kind === "task-ended" ? [[task, reason]] : []));
  };
  const short = await events({});
  expect(short).toEqual(await events({ INC_SHORTCUTS: "none" }));
  expect(short[0]).toEqual(["gen", { kind: "deferred", paths: ["build/gen"] }]);
});

test("the log of a result that was left away is here", async () => {
  const env = { INC_REMOTE: shared.server.url, INC_REMOTE_DOWNLOAD: "minimal" };
  const { stdout } = await rig.start(["run", "--output-logs", "full"], { env }).ended;
  expect(stdout).toContain("printed");
});

test("a watch brings everything", async () => {
  const watch = rig.start(["watch", "--json"], {
    env: { INC_REMOTE: shared.server.url, INC_REMOTE_DOWNLOAD: "minimal" },
  });
  await watch.printed('"run-ended"');
  expect(rig.exists("build/gen")).toBe(true);
  watch.child.kill("SIGINT");
  await watch.ended;
});
