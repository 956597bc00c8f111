import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Rig } from "../../support/rig.ts";
import { SharedDirectory } from "../../support/shared-directory.ts";
import { type Checkouts, ran, runShared, type SharedRun, sharedForEachTest } from "../../support/shared-runs.ts";
import { MANY, manyOf } from "./many-files.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
sharedForEachTest((made) => {
  ({ shared, checkouts } = made);
});

function checkout(manifest: string, files: Readonly<Record<string, string>> = {}): Promise<Rig> {
  return checkouts.make(manifest, files);
}

function run(rig: Rig, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<SharedRun> {
  return runShared(rig, { INC_REMOTE: shared.url, ...env }, args);
}

const PIPELINE = `
const src = files("src/*.txt");
export const up = each(src, (f) => task(sh\`tr a-z A-Z < \${f} > \${out(\`build/\${f.stem}.up\`)}; echo did \${f}\`));
export const tree = task(sh\`mkdir -p \${out("build/tree/")}/bin build/tree/empty && cat \${up} > build/tree/all && ln -s ../all build/tree/bin/link
echo run > build/tree/bin/tool && chmod 755 build/tree/bin/tool && chmod 600 build/tree/all\`);
export const noise = task(sh\`node -e 'process.stdout.write(require("crypto").createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(300000)))' > \${out("build/noise")}\`);
export const zeros = task(sh\`head -c 3000000 /dev/zero > \${out("build/zeros")}\`);
export const dep = task(sh\`cat hidden.txt > \${out("build/dep")}; echo "build/dep: hidden.txt" > \${depfile("build/dep.d")}\`);
export const lint = task(sh\`echo checked\`, { inputs: [src] });
`;
const FILES = { "src/one.txt": "one\n", "src/two.txt": "two\n", "hidden.txt": "1\n" };
const TASKS = ["dep", "lint", "noise", "tree", "up[one.txt]", "up[two.txt]", "zeros"];

test("another checkout gets everything, with the same bytes, modes and logs", async () => {
  const first = await checkout(PIPELINE, FILES);
  expect(await run(first)).toMatchObject({ code: 0, results: TASKS.map((task) => `${task}: ran`), warnings: [] });
  const second = await checkout(PIPELINE, FILES);
  expect(await run(second)).toMatchObject({
    code: 0,
    results: TASKS.map((task) => `${task}: ${task === "lint" ? "fresh" : "restored"}`),
    warnings: [],
  });
  for (const path of ["build/one.up", "build/tree/all", "build/noise", "build/zeros", "build/dep"])
    expect(readFileSync(second.path(path)).equals(readFileSync(first.path(path)))).toBe(true);
  expect(statSync(second.path("build/tree/all")).mode & 0o777).toBe(0o600);
  expect(statSync(second.path("build/tree/bin/tool")).mode & 0o777).toBe(0o755);
  expect(statSync(second.path("build/tree/empty")).isDirectory()).toBe(true);
  expect(second.read("build/tree/bin/link")).toBe("ONE\nTWO\n");
  expect((await second.run("run", "--output-logs", "full")).stdout).toContain("did src/one.txt");
  // What is here now needs no shared cache, and what is compressible is compressed there.
  second.remove("build");
  expect(await second.results()).toHaveLength(6);
  expect(statSync(shared.blobOf("zeros")).size).toBeLessThan(1000);
  expect(shared.problems()).toEqual([]);
  expect(shared.files("tmp")).toEqual([]);
});

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("the test with another user is skipped: only root can run as one");

test.skipIf(!isRoot)("another user gets everything, and is told that it cannot share", async () => {
  chmodSync(shared.root, 0o755);
  await run(await checkout(PIPELINE, FILES));
  const other = await checkout(PIPELINE, FILES);
  other.asUser();
  const taken = await run(other, [], { USER: "nobody" });
  expect(taken).toMatchObject({ code: 0, warnings: [] });
  expect(ran(taken)).toEqual([]);
  other.write("src/one.txt", "uno\n");
  const refused = await run(other);
  expect(refused).toMatchObject({ code: 0, warnings: ["INC4227"] });
  expect(refused.messages[0]).toContain("EACCES: permission denied");
  expect(await run(other, ["--force", "zeros"], { INC_REMOTE_SCOPE: "none" })).toMatchObject({ code: 0, warnings: [] });
});

test("lineage says who made what came from elsewhere", async () => {
  const env = { GITHUB_RUN_ID: "99", GITHUB_RUN_NUMBER: "812", RUNNER_NAME: "big-1", GITHUB_REPOSITORY: "a/b" };
  const first = await checkout(PIPELINE, FILES);
  await run(first, ["zeros"], { ...env, GITHUB_SERVER_URL: "https://github.com" });
  const second = await checkout(PIPELINE, FILES);
  await run(second, ["zeros"]);
  expect((await second.run("lineage", "build/zeros")).stdout).toContain("made by GitHub Actions run 812 on big-1");
  const { stdout } = await second.run("lineage", "build/zeros", "--format", "json");
  expect(JSON.parse(stdout).nodes).toContainEqual(
    expect.objectContaining({
      kind: "record",
      origin: {
        remote: shared.url,
        scope: "main",
        builder: "big-1",
        ci: "GitHub Actions run 812",
        url: "https://github.com/a/b/actions/runs/99",
      },
    }),
  );
  // Of its own results a workspace says nothing of the kind.
  expect((await first.run("lineage", "build/zeros")).stdout).not.toContain("made by");
});

test("an edited source runs what depends on it, and both states are there afterwards", async () => {
  const first = await checkout(PIPELINE, FILES);
  await run(first);
  first.write("src/one.txt", "ONE\n");
  first.write("hidden.txt", "2\n");
  expect(ran(await run(first))).toEqual(["dep", "lint", "up[one.txt]"]);
  const states = [FILES, { ...FILES, "src/one.txt": "ONE\n", "hidden.txt": "2\n" }];
  for (const files of states) {
    const other = await checkout(PIPELINE, files);
    expect(ran(await run(other))).toEqual([]);
    expect(other.read("build/dep")).toBe(files["hidden.txt"]);
  }
});

test("found inputs that differ here are a miss, and several sets of them are listed", async () => {
  const manifest = `
export const dep = task(sh\`cat $(cat \${file("which")}) > \${out("build/dep")}; echo "build/dep: $(cat which) a.txt" > \${depfile("build/dep.d")}\`);
export const same = task(sh\`cat \${file("which")} > /dev/null; f=b.txt; [ -e c.txt ] && f=c.txt; cat $f > \${out("build/same")}; echo "build/same: $f" > \${depfile("build/same.d")}\`);
`;
  const files = { which: "a.txt", "a.txt": "a\n", "b.txt": "b\n" };
  await run(await checkout(manifest, files));
  await run(await checkout(manifest, { ...files, "c.txt": "c\n" }), ["--no-cache-read"]);
  expect(shared.records().filter(({ kind }) => kind === "found")).toHaveLength(2);
  const changed = await checkout(manifest, { ...files, "a.txt": "A\n" });
  expect((await run(changed)).results).toEqual(["dep: ran", "same: restored"]);
  expect(changed.read("build/dep")).toBe("A\n");
});

test("what is not stored here is not shared either", async () => {
  const manifest = `
export const fails = task(sh\`exit 1\`);
export const always = task(sh\`date +%N > \${out("build/now")}\`, { rerun: "always" });
export const format = task(sh\`touch src.txt\`, { mutates: ["src.txt"] });
export const secret = task(sh\`true\`, { env: { TOKEN: env("TOKEN", { secret: true }) } });
export const leads = task(sh\`ln -s /etc \${out("build/link")}\`);
export const good = task(sh\`echo good > \${out("build/good")}\`);
`;
  const rig = await checkout(manifest, { "src.txt": "x\n" });
  expect(await run(rig, ["-k"], { TOKEN: "hush-hush" })).toMatchObject({ code: 1, warnings: [] });
  expect(shared.tasks()).toEqual(["good"]);
});

test("--no-cache-write shares nothing, --no-cache-read takes nothing", async () => {
  const rig = await checkout(PIPELINE, FILES);
  await run(rig, ["zeros", "--no-cache-write"]);
  expect(shared.files("records")).toEqual([]);
  rig.remove(".inc");
  rig.remove("build");
  await run(rig, ["zeros"]);
  rig.remove(".inc");
  rig.remove("build");
  expect((await run(rig, ["zeros", "--no-cache-read"])).results).toEqual(["zeros: ran"]);
});

test("--force replaces what is shared", async () => {
  const manifest = `export const now = task(sh\`date +%N > \${out("build/now")}\`);`;
  const first = await checkout(manifest);
  await run(first);
  await run(first, ["--force"]);
  const second = await checkout(manifest);
  expect((await run(second)).results).toEqual(["now: restored"]);
  expect(second.read("build/now")).toBe(first.read("build/now"));
});

test("the flag beats INC_REMOTE, which beats the manifest; none is none", async () => {
  const other = new SharedDirectory();
  try {
    const manifest = `
export const a = task(sh\`echo a > \${out("build/a")}\`);
export default config({ remote: ${JSON.stringify(other.url)} });
`;
    await run(await checkout(manifest), [], { INC_REMOTE: "" });
    expect([other.tasks(), shared.tasks()]).toEqual([["a"], []]);
    await run(await checkout(manifest), [], { INC_REMOTE: "none" });
    await run(await checkout(manifest), ["--remote", "none"]);
    expect(shared.tasks()).toEqual([]);
    await run(await checkout(manifest), [], {});
    expect(shared.tasks()).toEqual(["a"]);
    rmSync(`${shared.root}/v1`, { recursive: true });
    await run(await checkout(manifest), ["--remote", shared.url], { INC_REMOTE: other.url });
    expect(shared.tasks()).toEqual(["a"]);
  } finally {
    other.close();
  }
});

describe("a damaged shared cache", () => {
  const DAMAGES: readonly (readonly [string, (path: string) => void])[] = [
    ["missing", (path) => rmSync(path)],
    ["empty", (path) => truncateSync(path, 0)],
    ["cut off", (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
    ["other bytes", (path) => writeFileSync(path, Buffer.alloc(statSync(path).size, 7))],
    ["a flipped bit", flip],
    ["a named pipe", replaceByPipe],
  ];

  function flip(path: string): void {
    const bytes = readFileSync(path);
    const at = bytes.length - 2;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }

  function replaceByPipe(path: string): void {
    rmSync(path);
    execFileSync("mkfifo", [path]);
  }

  test.each(DAMAGES)("a blob or pack that is %s is a miss, and is replaced", async (_, damage) => {
    const manifest = PIPELINE + MANY;
    const wanted = ["zeros", "noise", "many", "up"];
    await run(await checkout(manifest, FILES), wanted);
    for (const path of [shared.blobOf("zeros"), shared.blobOf("noise"), ...shared.packsOf("many")]) damage(path);
    const second = await checkout(manifest, FILES);
    const { code, results } = await run(second, ["-j", "1", ...wanted]);
    expect({ code, results }).toEqual({
      code: 0,
      results: ["many: ran", "noise: ran", "up[one.txt]: restored", "up[two.txt]: restored", "zeros: ran"],
    });
    expect(readFileSync(second.path("build/many/7")).equals(manyOf(7))).toBe(true);
    expect(shared.problems()).toEqual([]);
    expect(ran(await run(await checkout(manifest, FILES), wanted))).toEqual([]);
  });

  test.each(DAMAGES)("a record that is %s is a miss, and is replaced", async (_, damage) => {
    await run(await checkout(PIPELINE, FILES), ["zeros"]);
    damage(shared.recordOf("zeros"));
    expect(await run(await checkout(PIPELINE, FILES), ["zeros"])).toMatchObject({ code: 0, results: ["zeros: ran"] });
    expect((await run(await checkout(PIPELINE, FILES), ["zeros"])).results).toEqual(["zeros: restored"]);
  });
});

test("two runs at the same time share as if they came one after the other", async () => {
  const rig = [await checkout(PIPELINE, FILES), await checkout(PIPELINE, FILES)] as const;
  const both = await Promise.all([run(rig[0]), run(rig[1])]);
  expect(both.map(({ code, warnings }) => ({ code, warnings }))).toEqual([
    { code: 0, warnings: [] },
    { code: 0, warnings: [] },
  ]);
  expect(shared.problems()).toEqual([]);
  expect(ran(await run(await checkout(PIPELINE, FILES)))).toEqual([]);
});

test("a record that is used bears the time of it, one that is not keeps its own", async () => {
  const manifest = (name: string): string => `export const ${name} = task(sh\`echo ${name} > \${out("build/a")}\`);`;
  for (const name of ["used", "idle"]) await run(await checkout(manifest(name)));
  for (const path of shared.files("records")) utimesSync(path, 0, 0);
  const began = Date.now();
  await run(await checkout(manifest("used")));
  expect(statSync(shared.recordOf("used")).mtimeMs).toBeGreaterThan(began - 1000);
  expect(statSync(shared.recordOf("idle")).mtimeMs).toBe(0);
});

test("a run that is killed while it shares leaves nothing torn", async () => {
  const preload = `--import=${fileURLToPath(new URL("../../support/kill-at-upload.mjs", import.meta.url))}`;
  const manifest = `
export const tree = task(sh\`mkdir -p \${out("build/tree/")} && head -c 100000 /dev/urandom > build/tree/a && echo b > build/tree/b\`);
`;
  let killed = 0;
  for (let at = 1; ; at += 1) {
    const rig = await checkout(manifest);
    const env = { INC_REMOTE: shared.url, NODE_OPTIONS: preload, KILL_AT_UPLOAD: String(at) };
    const { signal, code } = await rig.start(["run"], { env }).ended;
    expect(shared.problems()).toEqual([]);
    const other = await checkout(manifest);
    expect(await run(other)).toMatchObject({ code: 0, warnings: [] });
    expect(other.read("build/tree/b")).toBe("b\n");
    await rig.close();
    await other.close();
    rmSync(`${shared.root}/v1`, { recursive: true, force: true });
    if (signal !== "SIGKILL") {
      expect(code).toBe(0);
      break;
    }
    killed += 1;
  }
  expect(killed).toBeGreaterThan(10);
});
