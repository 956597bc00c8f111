import {
  chmodSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";
import type { Running } from "../../support/running.ts";

/** Of more than this, outputs are copied by other threads. */
const LARGE = 64 * 1024 * 1024;

/** Makes a file of a repeated line, and of a few bytes more than `LARGE`. */
const made = (path: string): string => `{ yes "$(cat seed)" || true; } | head -c ${LARGE + 7} > ${path}`;

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.create();
  rig.write("seed", "one\n");
});
afterEach(() => rig.close());

const TWO = `
  export const a = task(sh\`${made('${out("a.bin")}')}\`, { inputs: [file("seed")] });
  export const b = task(sh\`cp \${a} \${out("b.bin")} && chmod +x b.bin\`);
`;

function content(seed: string): Buffer {
  return Buffer.alloc(LARGE + 7, `${seed}\n`);
}

function expectContent(path: string, seed: string): void {
  expect([path, readFileSync(rig.path(path)).equals(content(seed))]).toEqual([path, true]);
}

/** The large blobs of the store, absolute. */
function blobs(): string[] {
  const root = rig.path(".inc/blobs");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile());
}

const temporary = (): string[] => (existsSync(rig.path(".inc/tmp")) ? readdirSync(rig.path(".inc/tmp")) : []);

const debugged = (...args: string[]): Running => rig.start(args, { env: { INC_DEBUG: "plan,files,store" } });

test("large outputs are stored once, and restored without being digested again", async () => {
  rig.manifest(TWO);
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  expect(blobs()).toHaveLength(1);
  const first = await debugged("run", "--json").ended;
  expect(first.stderr).not.toContain("digest");
  for (const path of ["a.bin", "b.bin"]) rig.remove(path);
  const restored = await debugged("run", "--json").ended;
  expect(restored.stdout).toContain('"restored":2');
  expect(restored.stderr).not.toContain("digest");
  for (const path of ["a.bin", "b.bin"]) expectContent(path, "one");
  expect(statSync(rig.path("a.bin")).mode & 0o111).toBe(0);
  expect(statSync(rig.path("b.bin")).mode & 0o111).not.toBe(0);
  expect(temporary()).toEqual([]);
  const again = await debugged("run", "--json").ended;
  expect(again.stdout).toContain('"fresh":2');
  expect(again.stderr).not.toContain("digest");
});

test("a change right after a restore is seen, though it falls into the same tick", async () => {
  rig.manifest(TWO);
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  for (const path of ["a.bin", "b.bin"]) rig.remove(path);
  const running = rig.start(["run", "--json"]);
  await running.printed('"task":"a","result":"restored"');
  writeFileSync(rig.path("a.bin"), content("two"));
  await running.ended;
  expect((await rig.run("run")).code).toBe(0);
  for (const path of ["a.bin", "b.bin"]) expectContent(path, "one");
});

test("what is copied ahead for a task that runs after all is removed again", async () => {
  rig.manifest(TWO);
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  for (const path of ["a.bin", "b.bin"]) rig.remove(path);
  rig.manifest(TWO.replace("chmod +x", "chmod -x"));
  const { code, stdout } = await rig.run("run", "--json");
  expect(code).toBe(0);
  expect(stdout).toContain('"task":"a","result":"restored"');
  expect(stdout).toContain('"task":"b","result":"ran"');
  for (const path of ["a.bin", "b.bin"]) expectContent(path, "one");
  expect(temporary()).toEqual([]);
});

test("a damaged large blob is not restored: the task runs", async () => {
  rig.manifest(TWO);
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  const [blob] = blobs() as [string];
  const bytes = readFileSync(blob);
  bytes[LARGE / 2] = (bytes[LARGE / 2] as number) ^ 1;
  chmodSync(blob, 0o600);
  writeFileSync(blob, bytes);
  for (const path of ["a.bin", "b.bin"]) rig.remove(path);
  const { code, stdout } = await rig.run("run", "--json");
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('"task":"a","result":"ran","reason":{"kind":"blobs-missing"'),
  ]);
  for (const path of ["a.bin", "b.bin"]) expectContent(path, "one");
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
  expect(temporary()).toEqual([]);
});

test("large files in a directory, and one with a further name, are restored as they were", async () => {
  rig.manifest(`export const t = task(sh\`mkdir -p \${out("made/")}/in && ${made("made/in/a")} && cp made/in/a made/b &&
    ln made/b made/c && ln -s b made/d && touch made/small\`, { inputs: [file("seed")] });`);
  expect(await rig.results()).toEqual(["t: ran"]);
  expect(blobs()).toHaveLength(1);
  rig.remove("made");
  expect(await rig.results()).toEqual(["t: restored"]);
  for (const path of ["made/in/a", "made/b", "made/c"]) expectContent(path, "one");
  expect(readlinkSync(rig.path("made/d"))).toBe("b");
  rig.remove("made/in");
  linkSync(rig.path("made/b"), rig.path("kept"));
  expect(await rig.results()).toEqual(["t: restored"]);
  expectContent("made/in/a", "one");
  expectContent("kept", "one");
  expect(temporary()).toEqual([]);
});

test("a large output that was edited is preserved before it is restored, and a link to it keeps the edit", async () => {
  rig.manifest(TWO);
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  writeFileSync(rig.path("a.bin"), content("edited"));
  linkSync(rig.path("a.bin"), rig.path("link"));
  expect(await rig.results()).toEqual(["a: restored"]);
  expectContent("a.bin", "one");
  expectContent("link", "edited");
  expect(blobs()).toHaveLength(2);
});

test("an output that is edited while it is stored is recorded as what it is", async () => {
  rig.manifest(TWO);
  const running = debugged("run", "--json");
  await running.printed("digest a.bin");
  writeFileSync(rig.path("a.bin"), content("two"));
  await running.ended;
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("doctor")).stdout).toBe("the store is sound\n");
  const now = ["a.bin", "b.bin"].map((path) => readFileSync(rig.path(path)));
  expect(now[0]?.equals(now[1] as Buffer)).toBe(true);
  for (const path of ["a.bin", "b.bin"]) rig.remove(path);
  expect(await rig.results()).toEqual(["a: restored", "b: restored"]);
  expect(readFileSync(rig.path("a.bin")).equals(now[0] as Buffer)).toBe(true);
});

const SPARSE = 'export const t = task(sh`echo begin > ${out("t.bin")} && truncate -s 2G t.bin`);';

test.each(["SIGINT", "SIGKILL"] as const)(
  "%s during a restore leaves nothing, and the next run restores",
  async (signal) => {
    rig.manifest(SPARSE);
    expect(await rig.results()).toEqual(["t: ran"]);
    const [blob] = blobs() as [string];
    expect(statSync(blob).blocks * 512).toBeLessThan(LARGE);
    rig.remove("t.bin");
    const running = debugged("run", "--json");
    await running.printed("decide t");
    running.child.kill(signal);
    const ended = await running.ended;
    expect([ended.code, ended.signal]).toEqual(signal === "SIGINT" ? [130, null] : [null, signal]);
    expect(rig.exists("t.bin")).toBe(false);
    if (signal === "SIGINT") expect(temporary()).toEqual([]);
    expect(await rig.results()).toEqual(["t: restored"]);
    expect(statSync(rig.path("t.bin")).size).toBe(2 * 1024 ** 3);
    expect(temporary()).toEqual([]);
  },
);

test("a dry run copies nothing", async () => {
  rig.manifest(TWO);
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  for (const path of ["a.bin", "b.bin"]) rig.remove(path);
  const { code, stdout, stderr } = await debugged("run", "--dry").ended;
  expect([code, stdout]).toEqual([0, expect.stringContaining("would restore")]);
  expect(stderr).not.toContain("stage");
  expect([rig.exists("a.bin"), temporary()]).toEqual([false, []]);
});

test("two runs at once restore what both want", async () => {
  rig.manifest(TWO);
  expect(await rig.results()).toEqual(["a: ran", "b: ran"]);
  for (const path of ["a.bin", "b.bin"]) rig.remove(path);
  const ended = await Promise.all([rig.run("run"), rig.run("run")]);
  expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  for (const path of ["a.bin", "b.bin"]) expectContent(path, "one");
});
