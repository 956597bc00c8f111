import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { symlinkSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../oracle/random.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

/** git without the settings of the person who runs the tests. */
function git(...args: readonly string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", GIT_DIR: undefined };
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"];
  return execFileSync("git", [...who, ...args], {
    cwd: rig.root,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function commit(): void {
  git("add", "-A");
  git("commit", "-q", "--allow-empty", "-m", "x");
}

/** Begins a repository with what is there, on a branch `topic` that has left `main`. */
function branch(): void {
  git("init", "-q", "-b", "main");
  commit();
  git("checkout", "-q", "-b", "topic");
}

const MANIFEST = `
export const a = task(sh\`cat \${file("src/a.txt")} > \${out("build/a")}\`);
export const b = task(sh\`cat \${file("src/b.txt")} > \${out("build/b")}\`);
export const ofB = task(sh\`cat \${b} > \${out("build/of-b")}\`);
export const all = task(sh\`cat \${files("lib/**/*.txt", { allowEmpty: true, gitignore: true })} /dev/null > \${out("build/all")}\`);
export const behind = task(sh\`cat \${file("way/one.txt")} > \${out("build/behind")}\`);
export const found = task(sh\`cat \${file("src/a.txt")} lib/h.h > \${out("build/found")}; echo 'x: lib/h.h' > \${depfile("build/found.d")}\`);
export const late = task(sh\`echo late >> trail; cat \${file("src/b.txt")} > \${out("build/late")}\`, { rerun: "manual" });
`;

beforeEach(async () => {
  rig = await Rig.create(MANIFEST);
  rig.write(".gitignore", ".inc\n.gate*\nbuild\ntrail\n");
  rig.write("src/a.txt", "a\n");
  rig.write("src/b.txt", "b\n");
  rig.write("lib/one.txt", "1\n");
  rig.write("lib/h.h", "h\n");
  symlinkSync("lib", rig.path("way"));
  branch();
});

afterEach(() => rig.close());

test("only tasks that a change reaches run, with what they need", async () => {
  // What it may find is not known yet.
  expect(await rig.results("--affected", "--base", "main")).toEqual(["found: ran"]);
  rig.write("src/b.txt", "b2\n");
  expect(await rig.results("--affected", "--base", "main")).toEqual(["b: ran", "ofB: ran"]);
  commit();
  const outcome = await rig.run("run", "--affected");
  expect(outcome.stderr).toMatch(/^affected by 1 changed file since main \([0-9a-f]{10}\): 2 of 7 tasks\n$/);
  expect(outcome.stdout).toContain("ran 0, restored 0, fresh 2, failed 0");
});

test("a run of affected tasks leaves nothing for a whole run, and removes nothing of the others", async () => {
  expect((await rig.run("run")).code).toBe(0);
  rig.write("lib/two.txt", "2\n");
  expect(await rig.results("--affected", "--base", "main")).toEqual(["all: ran"]);
  expect(await rig.results()).toEqual([]);
  expect(rig.exists("build/a")).toBe(true);
  rig.write("src/a.txt", "a2\n");
  // What is behind a flag that narrows must not be taken for a whole run by the next one.
  expect(await rig.results("--affected", "--base", "HEAD", "b")).toEqual([]);
  expect(await rig.results()).toEqual(["a: ran", "found: ran"]);
});

test("what an attempt found counts, and what it may have found where none is known", async () => {
  rig.write("lib/h.h", "h2\n");
  expect(await rig.results("--affected", "-n", "--base", "main")).toContain("found: would-run");
  await rig.run("run");
  expect(await rig.results("--affected", "-n", "--base", "main")).toEqual([]);
  git("commit", "-qam", "x");
  git("branch", "-f", "main", "HEAD");
  rig.write("src/b.txt", "b2\n");
  const affected = await rig.run("run", "--affected", "-n", "--base", "main", "found");
  expect(affected.stderr).toContain(": 0 of 7 tasks");
});

test("changes of the manifest, of rules and of lists count for all tasks that they may concern", async () => {
  await rig.run("run");
  const said = async (): Promise<string> => (await rig.run("run", "--affected", "-n", "--base", "main")).stderr;
  rig.write(".gitignore", ".inc\n.gate*\nbuild\ntrail\nlib/one.txt\n");
  expect(await said()).toContain("1 of 7 tasks");
  git("checkout", "-q", ".");
  rig.manifest(`${MANIFEST}\n// one more line\n`);
  expect(await said()).toContain('6 of 7 tasks: the pipeline is made of "pipeline.ts"');
});

test("a shallow clone has everything run, with a warning, and an unknown base is an error", async () => {
  git("commit", "-q", "--allow-empty", "-m", "y");
  const unknown = await rig.run("run", "--affected", "--base", "nowhere");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('there is no commit "nowhere"')]);
  const option = await rig.run("run", "--affected", "--base", "--output=stolen");
  expect([option.code, rig.exists("stolen")]).toEqual([2, false]);
  const alone = await rig.run("run", "--base", "main");
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("INC1003")]);
  git("clone", "-q", "--depth", "1", "-b", "topic", `file://${rig.root}`, rig.path("clone"));
  const shallow = await rig.start(["run", "--affected"], { cwd: "clone" }).ended;
  expect([shallow.code, shallow.stdout]).toEqual([0, expect.stringContaining("INC1043")]);
  expect(shallow.stdout).toContain("ran 6, restored 0");
});

test("a service starts only where an affected task needs it", async () => {
  rig.manifest(`
export const idle = service(sh\`echo idle >> trail; exec sleep 1000\`);
export const used = service(sh\`echo used >> trail; cat \${file("src/b.txt")} > /dev/null; exec sleep 1000\`);
export const one = task(sh\`cat \${file("src/a.txt")} > \${out("build/one")}\`, { inputs: { used } });
`);
  commit();
  git("branch", "-f", "main", "HEAD");
  rig.write("src/b.txt", "b2\n");
  expect(await rig.results("--affected", "--base", "main")).toContain("one: ran");
  expect(rig.read("trail")).toBe("used\n");
});

test("outside of a repository it says what is missing", async () => {
  const alone = await Rig.create(MANIFEST);
  const outcome = await alone.run("run", "--affected");
  await alone.close();
  expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining("INC1042")]);
});

const SEED = Number(process.env["INC_AFFECTED_SEED"] ?? randomInt(2 ** 31));

test(`after random changes, a run of affected tasks leaves nothing for a whole one (INC_AFFECTED_SEED=${SEED})`, {
  timeout: 300_000,
}, async () => {
  const random = new Random(SEED);
  await rig.run("run");
  for (let step = 0; step < 12; step += 1) {
    commit();
    git("branch", "-f", "main", "HEAD");
    const did = Array.from({ length: 1 + random.below(3) }, () => change(random));
    if (random.chance(0.5)) commit();
    const affected = await rig.run("run", "--affected", "--base", "main");
    expect(affected.code, `${did.join(", ")}\n${affected.stdout}${affected.stderr}`).toBe(0);
    expect(await rig.results(), `${did.join(", ")}\n${affected.stdout}${affected.stderr}`).toEqual([]);
  }
});

/** Changes something that tasks read, and tells what. */
function change(random: Random): string {
  const text = `${random.below(1000)}\n`;
  const changes: readonly (readonly [string, () => void])[] = [
    ["write src/a.txt", () => rig.write("src/a.txt", text)],
    ["write src/b.txt", () => rig.write("src/b.txt", text)],
    ["write lib/one.txt", () => rig.write("lib/one.txt", text)],
    ["write lib/h.h", () => rig.write("lib/h.h", text)],
    ["write lib/sub/new.txt", () => rig.write("lib/sub/new.txt", text)],
    ["remove lib/sub", () => rig.remove("lib/sub")],
    ["write other/one.txt", () => rig.write("other/one.txt", text)],
    [
      "turn the way",
      () => {
        rig.write("other/one.txt", "other\n");
        rig.remove("way");
        symlinkSync(random.pick(["lib", "other"]), rig.path("way"));
      },
    ],
    ["ignore lib/sub", () => rig.write(".gitignore", `.inc\n.gate*\nbuild\ntrail\n${random.pick(["", "lib/sub\n"])}`)],
    ["edit the manifest", () => rig.manifest(MANIFEST.replaceAll("cat", random.pick(["cat", "cat --", "cat -u"])))],
    ["write README.md", () => rig.write("README.md", text)],
  ];
  const [name, act] = random.pick(changes);
  act();
  return name;
}

test("of function tasks those run whose code a change is in: a helper is a module of the manifest, which reaches all tasks", async () => {
  rig.manifest(`
    import { writeFileSync } from "node:fs";
    import { one, other } from "./helpers.ts";
    export const a = task({ inputs: { a: file("src/a.txt") }, outputs: { o: "build/a" }, run: async ({ inputs, outputs }) => writeFileSync(outputs.o, one(await inputs.a.text())) });
    export const b = task({ inputs: { b: file("src/b.txt") }, outputs: { o: "build/b" }, run: async ({ inputs, outputs }) => writeFileSync(outputs.o, other(await inputs.b.text())) });
  `);
  rig.write("helpers.ts", "export const one = (x: string) => x;\nexport const other = (x: string) => x;\n");
  await rig.run("run");
  git("checkout", "-q", "main");
  commit();
  git("checkout", "-q", "-b", "edited");
  rig.write("helpers.ts", "export const one = (x: string) => `${x}!`;\nexport const other = (x: string) => x;\n");
  expect(await rig.results("--affected", "--base", "main")).toEqual(["a: ran"]);
  rig.write("src/b.txt", "b2\n");
  expect(await rig.results("--affected", "--base", "main")).toEqual(["b: ran"]);
});
