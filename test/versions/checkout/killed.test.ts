import { cpSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import type { Outcome } from "../../support/running.ts";

const KILLER = fileURLToPath(new URL("../../support/kill-at.mjs", import.meta.url));

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  rig.write("w/package.json", `{ "type": "module" }\n`);
  rig.write(
    "w/pipeline.ts",
    `import { file, out, sh, task } from "inc-run";
const source = file("in.txt");
export const a = task(sh\`cp \${source} \${out("build/a.txt")}\`);
export const d = task(sh\`sh make-d.sh \${file("make-d.sh")} \${source} \${out("build/d/")}\`);
export const other = task(sh\`echo same > \${out("build/other.txt")}\`);
`,
  );
  rig.write(
    "w/make-d.sh",
    `mkdir -p $3/sub/$(cat $2); cp $2 $3/sub/x; ln -s sub/$(cat $2) $3/link; cp $2 $3/go; chmod +x $3/go; echo same > $3/same
`,
  );
});

afterEach(() => rig.close());

const inc = (workspace: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
  rig.start(args, { cwd: workspace, env }).ended;

/** Path → permissions and text, of every file below a directory. */
function contents(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const name = path.slice(directory.length + 1);
        if (entry.isSymbolicLink()) return [name, `→ ${readlinkSync(path)}`];
        if (entry.isDirectory()) return [name, "directory"];
        return [name, `${(statSync(path).mode & 0o777).toString(8)} ${readFileSync(path, "utf8")}`];
      })
      .sort(),
  );
}

test("a checkout that is killed at any point is finished later, or has changed nothing", async () => {
  const states = [];
  const pipeline = rig.read("w/pipeline.ts");
  for (const text of ["one", "two"]) {
    rig.write("w/in.txt", text);
    // A file where there was a directory.
    const deep = text === "one" ? "build/deep/x/y" : "build/deep";
    rig.write("w/pipeline.ts", `${pipeline}export const deep = task(sh\`cp \${source} \${out("${deep}")}\`);\n`);
    expect((await inc("w", ["run"])).code).toBe(0);
    states.push(contents(rig.path("w/build")));
  }
  const [first, second] = states;
  rig.write("w/build/a.txt", "mine");
  const edited = { ...second, "a.txt": "644 mine" };
  const run = JSON.parse((await inc("w", ["log", "build/a.txt@1", "--json"])).stdout)[0].versions[0].run as string;
  const ends = new Set<string>();
  const torn = new Set<string>();
  let points = 0;
  for (let at = 1; ; at += 1) {
    const workspace = `w${at}`;
    cpSync(rig.path("w"), rig.path(workspace), { recursive: true, verbatimSymlinks: true });
    const killed = await inc(workspace, ["checkout", run, "--force"], {
      KILL_AT: String(at),
      NODE_OPTIONS: `--import=${KILLER}`,
    });
    const left = JSON.stringify(contents(rig.path(`${workspace}/build`))).replace(/\.inc-[0-9a-f]{16}/g, ".inc");
    const next = await inc(workspace, ["checkout", "build/other.txt@1"]);
    expect([at, next.code, next.stdout]).toEqual([at, 0, "1 in place already\n"]);
    const now = contents(rig.path(`${workspace}/build`));
    const finished = now["a.txt"] === "644 one";
    expect([at, now]).toEqual([at, finished ? first : edited]);
    const end = next.stderr.includes("INC1038") ? "finished" : finished ? "done" : "undone";
    ends.add(end);
    // The rest depends only on what the kill left and how the checkout ended: each combination is checked once.
    if (!torn.has(left + end)) {
      if (finished) expect([at, (await inc(workspace, ["get", "build/a.txt@3"])).stdout]).toEqual([at, "mine"]);
      const again = await inc(workspace, ["run"]);
      expect([at, again.code, contents(rig.path(`${workspace}/build`))]).toEqual([at, 0, second]);
      expect([at, (await inc(workspace, ["status"])).stdout.split("\n")[0]]).toEqual([at, "4 of 4 fresh"]);
    }
    torn.add(left + end);
    rmSync(rig.path(workspace), { recursive: true });
    if (killed.signal === null) break;
    points = at;
  }
  expect(points).toBeGreaterThan(25);
  expect([...ends].sort()).toEqual(["done", "finished", "undone"]);
  expect(torn.size).toBeGreaterThan(10);
});

test("the next command leaves alone and reports an edit that was made after a checkout was killed", async () => {
  rig.write("w/in.txt", "one");
  await inc("w", ["run"]);
  const before = contents(rig.path("w/build"));
  rig.write("w/in.txt", "two");
  await inc("w", ["run"]);
  const kill = (at: number) =>
    inc("w", ["checkout", "build/*@1"], { KILL_AT: `${at}`, NODE_OPTIONS: `--import=${KILLER}` });
  for (let at = 1; rig.read("w/build/a.txt") !== "one"; at += 1) await kill(at);
  expect(rig.read("w/build/d/go")).toBe("two");
  rig.write("w/build/d/mine", "mine");
  const { code, stderr } = await inc("w", ["checkout", "in.txt@2"]);
  expect([code, stderr]).toEqual([
    0,
    [
      "warning INC1038: an earlier checkout was killed, and inc has finished it",
      "  note: it was \"inc checkout 'build/*@1'\"",
      'error INC1039: "build/d" was changed during the checkout: it was left as it is',
      "  help: to overwrite it: inc checkout 'build/*@1' --force",
      "",
    ].join("\n"),
  ]);
  expect([rig.read("w/build/d/mine"), rig.read("w/build/a.txt")]).toEqual(["mine", "one"]);
  expect((await inc("w", ["checkout", "build/*@1", "--force"])).stdout).toContain(
    "preserved build/d@3, which was edited\n",
  );
  expect(contents(rig.path("w/build"))).toEqual(before);
});

test("when the command that finishes a killed checkout is killed too, the one after it finishes the checkout", async () => {
  for (const text of ["one", "two"]) {
    rig.write("w/in.txt", text);
    await inc("w", ["run"]);
  }
  const wanted = { ...contents(rig.path("w/build")), "a.txt": "644 one" };
  const env = (at: number) => ({ KILL_AT: `${at}`, NODE_OPTIONS: `--import=${KILLER}` });
  for (let at = 1; (await inc("w", ["checkout", "build/a.txt@1"], env(at))).signal !== null; at += 1)
    await inc("w", ["checkout", "build/other.txt@1"], env(at));
  expect(contents(rig.path("w/build"))).toEqual(wanted);
});
