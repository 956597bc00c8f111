import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Rig } from "../../support/rig.ts";
import { ran } from "../../support/shared-runs.ts";
import { PAD, SharedPipeline } from "./shared-pipeline.ts";

/** Ten tasks, each of which reads the one before. */
const CHAIN = [...Array(10).keys()]
  .map((i) => {
    const from = i === 0 ? '${file("in.txt")}' : `\${t${i - 1}}`;
    return `export const t${i} = task(sh\`cat ${from} \${file("s${i}.txt")} | ${PAD} > \${out("build/t${i}")}\`);`;
  })
  .join("\n");

const FILES = {
  "in.txt": "in\n",
  ...Object.fromEntries([...Array(10).keys()].map((i) => [`s${i}.txt`, `${i}\n`])),
};
const PATHS = [...Array(10).keys()].map((i) => `build/t${i}`);

let shared: SharedPipeline;
let rig: Rig;

const present = (): readonly string[] => PATHS.filter((path) => rig.exists(path));
/** The lines of an output, without the long one. */
const text = (path: string): string => rig.read(path).replace(/#.*\n/, "");
const all = (result: string): readonly string[] => PATHS.map((path) => `${path.slice(6)}: ${result}`);

describe("a chain of ten tasks", () => {
  beforeAll(async () => {
    shared = await SharedPipeline.of(CHAIN, FILES);
  });

  beforeEach(async () => {
    shared.reset();
    rig = await shared.checkout();
  });

  afterEach(() => shared.checkouts.close());

  afterAll(() => shared.close());

  test("all brings everything", async () => {
    expect((await shared.run(rig)).results).toEqual(all("restored"));
    expect(present()).toEqual(PATHS);
    expect(shared.brought()).toHaveLength(10);
  });

  test("toplevel brings the last one alone", async () => {
    expect((await shared.run(rig, "toplevel")).results).toEqual(all("restored"));
    expect(present()).toEqual(["build/t9"]);
    const { requests } = shared.server;
    // The bundle of the run that made them has the records of all ten, and counts while its scope has the same mark.
    expect(requests.filter((request) => request.includes("/records/"))).toHaveLength(2);
    expect(shared.brought()).toHaveLength(1);
  });

  test("toplevel brings what was named", async () => {
    await shared.run(rig, "toplevel", "t4");
    expect(present()).toEqual(["build/t4"]);
  });

  test("minimal brings nothing, and then there is nothing to do", async () => {
    expect((await shared.run(rig, "minimal")).results).toEqual(all("restored"));
    expect(present()).toEqual([]);
    expect(shared.brought()).toEqual([]);
    const again = await shared.run(rig, "minimal");
    expect(again).toMatchObject({ code: 0, results: all("fresh"), warnings: [], stderr: "" });
    expect(shared.server.requests).toEqual([]);
  });

  test("minimal brings what an attempt reads, and nothing else", async () => {
    await shared.run(rig, "minimal");
    rig.write("s5.txt", "five\n");
    const outcome = await shared.run(rig, "minimal");
    expect(ran(outcome)).toEqual(["t5", "t6", "t7", "t8", "t9"]);
    expect(present()).toEqual(["build/t4", "build/t5", "build/t6", "build/t7", "build/t8", "build/t9"]);
    expect(shared.brought()).toHaveLength(1);
    expect(text("build/t5")).toBe("in\n0\n1\n2\n3\n4\nfive\n");
    expect((await shared.run(rig, "minimal")).results).toEqual(all("fresh"));
    expect(shared.server.requests).toEqual([]);
  });

  test("a later run with all brings the rest", async () => {
    await shared.run(rig, "minimal");
    expect((await shared.run(rig, "toplevel", "t3")).results).toContain("t3: restored");
    expect(present()).toEqual(["build/t3"]);
    expect(ran(await shared.run(rig))).toEqual([]);
    expect(present()).toEqual(PATHS);
    // What is here stays here.
    expect((await shared.run(rig, "minimal")).results).toEqual(all("fresh"));
    expect(present()).toEqual(PATHS);
  });

  test("when the bytes are gone, what made them runs, all the way up", async () => {
    await shared.run(rig, "minimal");
    expect(shared.evict()).toBe(10);
    rig.write("s9.txt", "nine\n");
    const outcome = await shared.run(rig, "minimal");
    expect(outcome).toMatchObject({ code: 0, warnings: [] });
    expect(ran(outcome)).toEqual(["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"]);
    expect(text("build/t9")).toBe("in\n0\n1\n2\n3\n4\n5\n6\n7\n8\nnine\n");
    expect((await shared.run(rig, "minimal")).results).toEqual(all("fresh"));
    // It repaired the server.
    const other = await shared.checkout();
    expect(ran(await shared.run(other))).not.toContain("t5");
  });

  test("when the server is away, what made them runs", async () => {
    await shared.run(rig, "minimal");
    rig.write("s9.txt", "nine\n");
    shared.server.fault = (_, response) => response.writeHead(503).end() !== undefined;
    const outcome = await shared.run(rig, "minimal");
    expect(outcome.code).toBe(0);
    expect(ran(outcome)).toHaveLength(10);
    expect(text("build/t8")).toBe("in\n0\n1\n2\n3\n4\n5\n6\n7\n8\n");
  });

  test("a result that nobody needs stays fresh while the server is away", async () => {
    await shared.run(rig, "minimal");
    shared.server.fault = (_, response) => response.writeHead(503).end() !== undefined;
    rig.write("note.txt", "no input\n");
    expect(ran(await shared.run(rig, "minimal"))).toEqual([]);
  });

  test("what is found damaged is made anew", async () => {
    await shared.run(rig, "minimal");
    for (const [path, bytes] of shared.server.objects)
      if (path.includes("/blobs/")) shared.server.objects.set(path, bytes.subarray(0, bytes.length - 9));
    rig.write("s3.txt", "three\n");
    const outcome = await shared.run(rig, "minimal");
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4228"] });
    expect(ran(outcome)).toHaveLength(10);
  });

  test("without the shared cache what is not here runs", async () => {
    await shared.run(rig, "minimal");
    expect(ran(await shared.run(rig, "minimal", "--remote", "none"))).toHaveLength(10);
    expect(present()).toEqual(PATHS);
  });

  test("the flag beats the variable", async () => {
    await shared.run(rig, "minimal", "--remote-download", "toplevel");
    expect(present()).toEqual(["build/t9"]);
    // The short way knows how it was asked for.
    await shared.run(rig, "minimal");
    expect(present()).toEqual(["build/t9"]);
    await shared.run(rig, "minimal", "--remote-download", "all");
    expect(present()).toEqual(PATHS);
  });

  test("the manifest may say it", async () => {
    rig.manifest(`${CHAIN}\nexport default config({ remote: { download: "toplevel" } });`);
    await shared.run(rig);
    expect(present()).toEqual(["build/t9"]);
    await shared.run(rig, "all");
    expect(present()).toEqual(PATHS);
  });

  test("a wrong choice is told", async () => {
    const outcome = await shared.run(rig, "none");
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(
      'error INC1048: INC_REMOTE_DOWNLOAD is "none", which is no choice of what to bring from a shared cache',
    );
  });

  test("what is put by hand where an output was left away is preserved and replaced", async () => {
    await shared.run(rig, "minimal");
    rig.write("build/t4", "mine\n");
    const outcome = await shared.run(rig, "minimal");
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4211"] });
    expect(outcome.results).toContain("t4: restored");
    expect(text("build/t4")).toBe("in\n0\n1\n2\n3\n4\n");
    expect((await rig.run("get", "build/t4@2")).stdout).toBe("mine\n");
    expect(present()).toEqual(["build/t4"]);
  });

  test("an older version of inc's own does not stay in place of one that is left away", async () => {
    // The other machine makes the next state, this one has the first in place.
    await shared.run(rig);
    const other = await shared.checkout();
    other.write("s2.txt", "two\n");
    await shared.run(other);
    rig.write("s2.txt", "two\n");
    expect(ran(await shared.run(rig, "minimal"))).toEqual([]);
    expect(present()).toEqual(["build/t0", "build/t1"]);
    expect((await shared.run(rig, "minimal")).results).toEqual(all("fresh"));
    // And back: the store has those bytes.
    rig.write("s2.txt", "2\n");
    expect(ran(await shared.run(rig, "minimal"))).toEqual([]);
    expect(present()).toEqual(PATHS);
  });

  test("an edit of an output whose next version is left away is preserved, and that is brought", async () => {
    await shared.run(rig);
    const other = await shared.checkout();
    other.write("s8.txt", "eight\n");
    await shared.run(other);
    rig.write("s8.txt", "eight\n");
    rig.write("build/t9", "edited\n");
    const outcome = await shared.run(rig, "minimal");
    expect(outcome).toMatchObject({ code: 0, warnings: ["INC4211"] });
    expect(ran(outcome)).toEqual([]);
    expect(present()).toEqual(PATHS.filter((path) => path !== "build/t8"));
    expect(text("build/t9")).toContain("eight\n9\n");
  });
});
