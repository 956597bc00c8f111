import { XMLParser, XMLValidator } from "fast-xml-parser";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(MANIFEST);
  rig.write("a.txt", "a\n");
  rig.write("noise.txt", "no\u0001 ]]> ``` way\n");
});

afterEach(() => rig.close());

const MANIFEST = `
export const good = task(sh\`echo 'said & <done>'; cat \${file("a.txt")} > \${out("build/good")}\`);
export const bad = task(sh\`cat \${file("noise.txt")} >&2; cat \${good}; exit \${param("exit", 3)}\`);
export const after = task(sh\`true > \${out("build/after")}\`, { after: [bad] });
`;

interface Case {
  readonly name: string;
  readonly classname: string;
  readonly failure?: { readonly "#text": string; readonly message: string; readonly type: string };
  readonly skipped?: { readonly message: string };
  readonly "system-out"?: string;
}

/** The suite of a JUnit file, which has to be well-formed. */
function suiteOf(path: string): Record<string, string> & { readonly testcase: readonly Case[] } {
  const text = rig.read(path);
  expect(XMLValidator.validate(text)).toBe(true);
  const options = { ignoreAttributes: false, attributeNamePrefix: "", isArray: (name: string) => name === "testcase" };
  return new XMLParser(options).parse(text).testsuites.testsuite;
}

test("a JUnit report has a case for each task, with what failed tasks printed", async () => {
  const outcome = await rig.run("run", "--junit", "report.xml");
  expect(outcome.code).toBe(1);
  const suite = suiteOf("report.xml");
  expect([suite["name"], suite["tests"], suite["failures"], suite["skipped"]]).toEqual(["pipeline.ts", "3", "1", "1"]);
  const [good, bad, after] = suite.testcase;
  expect([good?.name, good?.classname, good?.["system-out"]]).toEqual(["good", "pipeline.ts", "said & <done>"]);
  expect(bad?.failure).toMatchObject({
    message: "exit code 3",
    type: "failed",
    "#text": expect.stringContaining("pipeline.ts:"),
  });
  expect(bad?.["system-out"]).toContain("]]> ``` way");
  expect(after?.skipped?.message).toBe("bad failed");
});

test("a JUnit report of a run with nothing to do is the same by the short way", async () => {
  expect((await rig.run("run", "--param", "exit=0")).code).toBe(0);
  const texts = await Promise.all(
    ["", "none"].map(async (shortcuts, i) => {
      const env = shortcuts === "" ? {} : { INC_SHORTCUTS: shortcuts };
      const { code } = await rig.start(["run", "--param", "exit=0", "--junit", `${i}.xml`], { env }).ended;
      return [code, rig.read(`${i}.xml`).replace(/ (time|timestamp)="[^"]*"/g, "")];
    }),
  );
  expect(texts[0]).toEqual(texts[1]);
  expect(suiteOf("0.xml").testcase.map(({ name }) => name)).toEqual(["good", "bad", "after"]);
});

test("the graph in the summary of a job has the units that became known during the run", async () => {
  rig.manifest(`
export const names = task(sh\`echo one\`, { value: "lines" });
export const made = each(names, (name) => task(sh\`echo > \${out(\`build/\${name}\`)}\`));`);
  rig.write("summary.md", "");
  const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: rig.path("summary.md") };
  expect((await rig.start(["run"], { env }).ended).code).toBe(0);
  expect(rig.read("summary.md")).toMatch(/```mermaid[\s\S]*made\[one\]/);
});

test("a task that a later round restores is in the reports once", async () => {
  rig.manifest(`
export const made = task(sh\`echo 1 > \${out("build/made")}\`);
export const writes = task(sh\`echo 2 > build/made\`, { after: [made] });`);
  rig.write("summary.md", "");
  const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: rig.path("summary.md") };
  const { code, stdout } = await rig.start(["run", "--junit", "report.xml"], { env }).ended;
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ran +made[\s\S]*restored +made/)]);
  const { tests, testcase } = suiteOf("report.xml");
  expect([tests, testcase.map(({ name }) => name)]).toEqual(["2", ["made", "writes"]]);
  expect(rig.read("summary.md").match(/<code>made<\/code>/g)).toHaveLength(1);
});

test("a JUnit report overwrites no other file, and one that cannot be written is an error before the run", async () => {
  rig.write("notes.xml", "mine\n");
  const other = await rig.run("run", "--junit", "notes.xml");
  expect([other.code, other.stderr, rig.read("notes.xml")]).toEqual([2, expect.stringContaining("INC1004"), "mine\n"]);
  const nowhere = await rig.run("run", "--junit", "no/such/report.xml");
  expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringContaining("INC1005")]);
  expect(rig.exists("build/good")).toBe(false);
});

test("in GitHub Actions output is folded, failures are annotated, and the job has a summary", async () => {
  rig.write("summary.md", "before\n");
  const env = {
    GITHUB_ACTIONS: "true",
    GITHUB_STEP_SUMMARY: rig.path("summary.md"),
    GITHUB_WORKSPACE: rig.root,
    CI: "true",
  };
  const first = await rig.start(["run"], { env }).ended;
  expect(first.code).toBe(1);
  expect(first.stdout).toMatch(
    /^::group::ran {6}good {2}\d+m?s {2}never ran before\n {2}said & <done>\n::endgroup::\n/,
  );
  expect(first.stdout).toMatch(/\n::error file=pipeline\.ts,line=\d+,col=\d+,title=task bad failed::exit code 3\n/);
  const summary = rig.read("summary.md");
  expect(summary).toContain("before\n");
  expect(summary).toContain("❌ ran 1, restored 0, fresh 0, failed 1, skipped 1");
  expect(summary).toContain("| <code>bad</code> | failed |");
  expect(summary).toMatch(/\n````text\npipeline\.ts:\d+\n/);
  expect(summary).toMatch(/```mermaid\nflowchart LR\n {2}t0\["good"\]:::ran\n/);
  // With nothing to do, it is written by the short way.
  expect((await rig.start(["run", "--param", "exit=0"], { env }).ended).code).toBe(0);
  rig.write("summary.md", "");
  const fresh = await rig.start(["run", "--param", "exit=0"], { env }).ended;
  expect([fresh.code, fresh.stdout]).toEqual([0, expect.stringMatching(/^ran 0, restored 0, fresh 3/)]);
  expect(rig.read("summary.md")).toContain("✅ ran 0, restored 0, fresh 3, failed 0");
  rig.write("summary.md", "");
  rig.remove("build");
  await rig.start(["run", "--param", "exit=0"], { env }).ended;
  expect(rig.read("summary.md")).toContain("Restored from the cache: 2 tasks");
});

test("a summary that cannot be written fails no job, and a broken manifest is annotated", async () => {
  const env = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: rig.path("no/such/file"), GITHUB_WORKSPACE: rig.root };
  const outcome = await rig.start(["run", "--param", "exit=0"], { env }).ended;
  expect([outcome.code, outcome.stderr]).toEqual([
    0,
    expect.stringContaining("the summary of the job cannot be written"),
  ]);
  rig.manifest(
    `export const a = task(sh\`true > \${out("build/x")}\`);\nexport const b = task(sh\`true > \${out("build/x")}\`);`,
  );
  const broken = await rig.start(["run"], { env }).ended;
  expect([broken.code, broken.stderr]).toEqual([
    2,
    expect.stringMatching(/\n::error file=pipeline\.ts,line=\d+,col=\d+,title=INC2004::/),
  ]);
});
