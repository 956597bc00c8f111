import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import type { Rig } from "../../support/rig.ts";
import { ran } from "../../support/shared-runs.ts";
import { PAD, SharedPipeline } from "./shared-pipeline.ts";

let shared: SharedPipeline;
let rig: Rig;

afterEach(() => shared.close());

/** Shares a pipeline's results, and takes them with `minimal` in another workspace, in which nothing is then. */
async function take(manifest: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
  shared = await SharedPipeline.of(manifest, files);
  rig = await shared.checkout();
  expect(ran(await shared.run(rig, "minimal"))).toEqual([]);
}

/** Runs again after an edit. */
async function edit(path: string, text: string): Promise<readonly string[]> {
  rig.write(path, text);
  const outcome = await shared.run(rig, "minimal");
  expect(outcome).toMatchObject({ code: 0, warnings: [] });
  return ran(outcome);
}

const X = { "x.txt": "x\n" };
const READER = '{ inputs: [file("x.txt")] }';

describe("an attempt finds what it needs of what was left away:", () => {
  test("units of a set", async () => {
    await take(
      `
const parts = each(files("d/*.txt"), (part) => task(sh\`cat \${part} | ${PAD} > \${out(\`build/\${part.name}\`)}\`));
export const last = task(sh\`cat \${parts} \${file("x.txt")} | wc -l > \${out("build/last")}\`);
export { parts };
`,
      { ...X, "d/a.txt": "a\n", "d/b.txt": "b\n" },
    );
    expect([rig.exists("build/a.txt"), rig.exists("build/last")]).toEqual([false, true]);
    expect(await edit("x.txt", "y\n")).toEqual(["last"]);
    expect(rig.exists("build/a.txt")).toBe(true);
    // One of them is made here, the other one is left away.
    rig.remove("build");
    rig.remove(".inc");
    await shared.run(rig, "minimal");
    expect(await edit("d/a.txt", "c\n")).toEqual(["last", "parts[a.txt]"]);
  });

  test("a directory, and what is in it", async () => {
    await take(
      `
export const tree = task(sh\`mkdir -p \${out("tree/")}/in && echo 1 | ${PAD} > tree/in/a && echo 2 | ${PAD} > tree/b\`);
export const names = task(sh\`ls -R \${tree} > \${out("build/names")}\`, ${READER});
`,
      X,
    );
    expect(rig.exists("tree")).toBe(false);
    expect(await edit("x.txt", "y\n")).toEqual(["names"]);
    expect(rig.read("build/names")).toBe("tree:\nb\nin\n\ntree/in:\na\n");
  });

  test("a directory with links, which is brought at once", async () => {
    await take(
      `
export const tree = task(sh\`mkdir -p \${out("tree/")} && echo 1 | ${PAD} > tree/a && ln -s a tree/link\`);
export const names = task(sh\`ls \${tree} > \${out("build/names")}\`, ${READER});
`,
      X,
    );
    expect(rig.exists("tree/link")).toBe(true);
    expect(await edit("x.txt", "y\n")).toEqual(["names"]);
  });

  test("one of several outputs, and no other", async () => {
    await take(
      `
export const both = task(sh\`echo 1 | ${PAD} > \${out("build/one", "one")} && echo 2 | ${PAD} > \${out("build/two", "two")}\`);
export const reads = task(sh\`head -n 1 \${both.outputs.one} > \${out("build/reads")}\`, ${READER});
`,
      X,
    );
    expect(await edit("x.txt", "y\n")).toEqual(["reads"]);
    expect([rig.exists("build/one"), rig.exists("build/two")]).toEqual([true, false]);
    expect((await shared.run(rig, "minimal")).results).toEqual(["both: fresh", "reads: fresh"]);
    expect(ran(await shared.run(rig))).toEqual([]);
    expect(rig.exists("build/two")).toBe(true);
  });

  test("a program that a task makes", async () => {
    await take(
      `
const tool$ = task(sh\`{ echo '#!/bin/sh'; echo 'echo made'; echo exit; echo 1 | ${PAD}; } > \${out("build/tool")} && chmod +x build/tool\`);
export const uses = task(sh\`\${tool("./build/tool")} > \${out("build/uses")}\`, { inputs: [tool$, file("x.txt")] });
export { tool$ as maker };
`,
      X,
    );
    expect(rig.exists("build/tool")).toBe(false);
    expect(await edit("x.txt", "y\n")).toEqual(["uses"]);
    expect(rig.read("build/uses")).toBe("made\n");
  });

  test("what a depfile may name, over several steps", async () => {
    await take(
      `
export const header = task(sh\`echo 1 | ${PAD} > \${out("build/h")}\`);
export const middle = task(sh\`echo 2 | ${PAD} > \${out("build/m")}\`, { inputs: [header] });
export const compile = task(sh\`head -n 1 build/h > \${out("build/o")}; echo "build/o: build/h" > \${depfile("build/o.d")}\`, { inputs: [middle, file("x.txt")] });
`,
      X,
    );
    expect(rig.exists("build/h")).toBe(false);
    expect((await shared.run(rig, "minimal")).results).toEqual(["compile: fresh", "header: fresh", "middle: fresh"]);
    expect(await edit("x.txt", "y\n")).toEqual(["compile"]);
    expect(rig.read("build/o").length).toBeGreaterThan(1);
  });

  test("what it only waits for", async () => {
    await take(
      `
export const install = task(sh\`echo 1 | ${PAD} > \${out("build/installed")}\`);
export const uses = task(sh\`head -n 1 build/installed > \${out("build/uses")}\`, { inputs: [file("x.txt")], after: [install] });
`,
      X,
    );
    expect(await edit("x.txt", "y\n")).toEqual(["uses"]);
  });

  test("what a service reads that it needs", async () => {
    await take(
      `
export const conf = task(sh\`echo 1 | ${PAD} > \${out("build/conf")}\`);
export const server = service(sh\`test -e \${conf} && echo ready && sleep 100\`, { ready: { line: "ready" } });
export const uses = task(sh\`echo used > \${out("build/uses")}\`, { inputs: [server, file("x.txt")] });
`,
      X,
    );
    expect(rig.exists("build/conf")).toBe(false);
    expect(await edit("x.txt", "y\n")).toEqual(["uses"]);
    expect(rig.exists("build/conf")).toBe(true);
  });

  test("what a task changes in place", async () => {
    shared = await SharedPipeline.of(
      `
export const gen = task(sh\`echo 1 | ${PAD} > \${out("build/gen")}\`);
export const other = task(sh\`echo 2 | ${PAD} > \${out("build/other")}\`);
export const format = task(sh\`chmod +r build/gen\`, { mutates: ["build/gen"], after: [gen] });
`,
      X,
    );
    rig = await shared.checkout();
    expect(ran(await shared.run(rig, "minimal"))).toEqual(["format"]);
    expect([rig.exists("build/gen"), rig.exists("build/other")]).toEqual([true, false]);
  });
});

test("a task that always runs gets what it reads", async () => {
  shared = await SharedPipeline.of(
    `
export const gen = task(sh\`echo 1 | ${PAD} > \${out("build/gen")}\`);
export const show = task(sh\`head -n 1 \${gen}\`, { rerun: "always" });
`,
  );
  rig = await shared.checkout();
  expect(ran(await shared.run(rig, "minimal"))).toEqual(["show"]);
  expect(rig.exists("build/gen")).toBe(true);
});

test("early cutoff holds: what was made anew as it was needs no bytes of what follows", async () => {
  await take(
    `
export const gen = task(sh\`sort -u \${file("x.txt")} | ${PAD} > \${out("build/gen")}\`);
export const next = task(sh\`{ cat \${gen}; echo next; } | ${PAD} > \${out("build/next")}\`);
`,
    X,
  );
  expect(await edit("x.txt", "x\nx\n")).toEqual(["gen"]);
  expect(rig.exists("build/next")).toBe(false);
});

test("two tasks at once that need the same get it once", async () => {
  await take(
    `
export const gen = task(sh\`echo 1 | ${PAD} > \${out("build/gen")}\`);
${[..."abcdef"].map((name) => `export const ${name} = task(sh\`head -n 1 \${gen} > \${out("build/${name}")}\`, ${READER});`).join("\n")}
`,
    X,
  );
  shared.brought();
  expect(await edit("x.txt", "y\n")).toEqual([..."abcdef"]);
  expect(shared.brought()).toHaveLength(1);
});

describe("brought at once, as inc looks into it:", () => {
  /** Takes the results with `minimal`; gives what is there. */
  async function there(manifest: string, paths: readonly string[]): Promise<readonly boolean[]> {
    shared = await SharedPipeline.of(manifest, X);
    rig = await shared.checkout();
    expect(ran(await shared.run(rig, "minimal"))).toEqual([]);
    return paths.map((path) => rig.exists(path));
  }

  test("a directory in which a tool is found", async () => {
    const manifest = `
const install = task(sh\`mkdir -p \${out("node_modules/")}/.bin && { echo '#!/bin/sh'; echo 'echo made'; echo exit; echo 1 | ${PAD}; } > node_modules/.bin/gen && chmod +x node_modules/.bin/gen\`);
const other = task(sh\`mkdir -p \${out("lib/")} && echo 2 | ${PAD} > lib/a\`);
export const uses = task(sh\`\${tool("./node_modules/.bin/gen")} > \${out("build/uses")}\`, { inputs: [install, other, file("x.txt")] });
export { install, other };
`;
    expect(await there(manifest, ["node_modules/.bin/gen", "lib/a"])).toEqual([true, false]);
    expect(await edit("x.txt", "y\n")).toEqual(["uses"]);
    expect(rig.read("build/uses")).toBe("made\n");
  });

  test("a directory before a task with a depfile", async () => {
    const manifest = `
export const headers = task(sh\`mkdir -p \${out("h/")} && echo 1 | ${PAD} > h/a.h\`);
export const compile = task(sh\`head -n 1 h/a.h > \${out("build/o")}; echo "build/o: h/a.h" > \${depfile("build/o.d")}\`, { inputs: [headers] });
`;
    expect(await there(manifest, ["h/a.h"])).toEqual([true]);
  });

  test("a directory in which a command works", async () => {
    const manifest = `
export const tree = task(sh\`mkdir -p \${out("tree/")}/in && echo 1 | ${PAD} > tree/in/a\`);
export const works = task(sh\`head -n 1 a > \${out("build/works")}\`, { cwd: "tree/in", inputs: [tree] });
`;
    expect(await there(manifest, ["tree/in/a"])).toEqual([true]);
  });
});

test("the result of a task with a depfile is brought by its own fingerprint", async () => {
  await take(
    `
export const found = task(sh\`cat \${file("x.txt")} | ${PAD} > \${out("build/o")}; echo "build/o: h.txt" > \${depfile("build/o.d")}\`);
export const last = task(sh\`head -n 1 \${found} > \${out("build/last")}\`, { inputs: [file("y.txt")] });
`,
    { ...X, "h.txt": "h\n", "y.txt": "y\n" },
  );
  expect(rig.exists("build/o")).toBe(false);
  expect(await edit("y.txt", "z\n")).toEqual(["last"]);
  rig.remove("build");
  rig.remove(".inc");
  await shared.run(rig, "minimal");
  expect(ran(await shared.run(rig))).toEqual([]);
  expect(rig.exists("build/o")).toBe(true);
});

test("what git tracks is not removed for an output that could be left away", async () => {
  const manifest = `export const gen = task(sh\`cat \${file("x.txt")} | ${PAD} > \${out("dist/gen")}\`);`;
  shared = await SharedPipeline.of(manifest, X);
  rig = await shared.checkout();
  await shared.run(rig);
  const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: rig.root });
  git("init", "-q");
  git("add", "dist/gen");
  const other = await shared.checkout();
  other.write("x.txt", "next\n");
  await shared.run(other);
  expect(await edit("x.txt", "next\n")).toEqual([]);
  expect(rig.read("dist/gen").startsWith("next\n")).toBe(true);
});

test("a service that is named finds what it reads", async () => {
  const manifest = `
export const conf = task(sh\`echo 1 | ${PAD} > \${out("build/conf")}\`);
export const server = service(sh\`head -c 1 \${conf} && echo " is ready" && sleep 100\`, { ready: { line: "is ready" } });
`;
  shared = await SharedPipeline.of(manifest);
  rig = await shared.checkout();
  const env = { INC_REMOTE: shared.server.url, INC_REMOTE_DOWNLOAD: "minimal" };
  const running = rig.start(["run", "server"], { env });
  await running.printed("1 is ready");
  running.child.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(rig.exists("build/conf")).toBe(true);
});
