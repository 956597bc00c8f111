import { execFileSync } from "node:child_process";
import { randomInt } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../oracle/random.ts";
import { pictureOf } from "../support/picture.ts";
import { Rig } from "../support/rig.ts";
import { HostileStore, STORE_NAMES } from "./hostile-store.ts";

/** INC_HOSTILE_SEED repeats the attacks; INC_HOSTILE_STORES makes more of them. */
const SEED = Number(process.env["INC_HOSTILE_SEED"] ?? randomInt(2 ** 31));
const STORES = Number(process.env["INC_HOSTILE_STORES"] ?? 8);

const COMMANDS = [
  ["status"],
  ["log", "b/o"],
  ["get", "b/o@1"],
  ["get", "b/d@1", "-o", "copy"],
  ["lineage", "b/o"],
  ["run", "-n"],
  ["doctor"],
  ["gc"],
  ["gc", "--keep-versions", "1"],
  ["put", "o", "in"],
  ["checkout", "b/o@1", "--force"],
  ["checkout", "b/d@1", "--force"],
  ["clean"],
  ["run"],
] as const;

let rig: Rig;

function victim(): string {
  return `${rig.root}.victim`;
}

beforeEach(async () => {
  rig = await Rig.create(
    'const o = object("o");\n' +
      'export const t = task(sh`cp ${file("in")} ${out("b/o")}; mkdir -p b/d; echo a > ${out("b/d/", "d")}/a; cat ${o}`);',
  );
  rig.write("in", "one");
  mkdirSync(join(victim(), "d"), { recursive: true });
  for (const name of ["f", "d/a"]) writeFileSync(join(victim(), name), "victim");
  expect((await rig.run("put", "o", "in")).code).toBe(0);
  expect((await rig.run("run")).code).toBe(0);
});

afterEach(async () => {
  rmSync(victim(), { recursive: true });
  await rig.close();
});

/**
 * Puts something in the place of each name in the store, one after the other: `inc run`, which may take the short way, and another
 * command, in turn, have to refuse the store for it.
 */
async function eachIsRefused(
  put: (path: string) => void,
  { as, commands }: { readonly as: string; readonly commands: readonly (readonly string[])[] },
): Promise<void> {
  for (const [i, name] of STORE_NAMES.entries()) {
    const path = rig.path(`.inc/${name}`);
    const isThere = existsSync(path);
    if (isThere) renameSync(path, rig.path("aside"));
    put(path);
    for (const command of [["run"], commands[i % commands.length] ?? []]) {
      const { code, stderr } = await rig.run(...command);
      expect([name, command, code, stderr]).toEqual([
        name,
        command,
        2,
        expect.stringContaining(`error INC3031: "${path}" is ${as}`),
      ]);
    }
    rmSync(path);
    if (isThere) renameSync(rig.path("aside"), path);
  }
}

test("a symlink in the store is refused and not followed, whatever its name", async () => {
  const before = pictureOf(victim());
  const commands = [["status"], ["log", "b/o"], ["gc"]];
  await eachIsRefused((path) => symlinkSync(join(victim(), "f"), path), { as: "a symlink", commands });
  expect(pictureOf(victim())).toEqual(before);
});

test("a named pipe in the store is refused without waiting for it, whatever its name", async () => {
  const commands = [["log", "b/o"], ["clean"], ["status"]];
  const pipe = (path: string): unknown => execFileSync("mkfifo", [path]);
  await eachIsRefused(pipe, { as: "a named pipe or a device", commands });
});

test("a store that is a symlink is refused, unless the user named it", async () => {
  rmSync(rig.path(".inc"), { recursive: true });
  symlinkSync(victim(), rig.path(".inc"));
  const before = pictureOf(victim());
  for (const command of [["run"], ["status"], ["put", "o", "in"]]) {
    const { code, stderr } = await rig.run(...command);
    expect([code, stderr]).toEqual([2, expect.stringContaining("error INC3031")]);
  }
  expect(pictureOf(victim())).toEqual(before);
  expect((await rig.start(["run"], { env: { INC_DIR: ".inc" } }).ended).stderr).not.toContain("INC3031");
});

test("store files with a second hard link are not written in place", async () => {
  for (const name of readdirSync(rig.path(".inc"))) {
    if (name.startsWith("data.mdb") || !readFileOrNothing(rig.path(`.inc/${name}`))) continue;
    linkSync(rig.path(`.inc/${name}`), join(victim(), name));
  }
  const before = contentsOf(victim());
  rig.write("in", "two");
  for (const command of [["run"], ["gc"], ["status"], ["put", "o", "in"], ["run"]]) await rig.run(...command);
  expect(contentsOf(victim())).toEqual(before);
});

function readFileOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function contentsOf(directory: string): Record<string, string | undefined> {
  return Object.fromEntries(readdirSync(directory).map((name) => [name, readFileOrNothing(join(directory, name))]));
}

const LEADING_OUT = [
  (root: string) => `../${root.slice(root.lastIndexOf("/") + 1)}.victim/d`,
  (root: string) => `${root}.victim/d`,
  () => "link/d",
  () => ".git/hooks",
];

test.each(LEADING_OUT)("a journal cannot make inc touch paths outside of the workspace", async (pathOf) => {
  symlinkSync(victim(), rig.path("link"));
  mkdirSync(rig.path(".git/hooks"), { recursive: true });
  const before = [pictureOf(victim()), pictureOf(rig.path(".git"))];
  for (const command of [["doctor"], ["gc"], ["checkout", "b/o@1"], ["run"]]) {
    rig.write(".inc/journal", `{"boot":""}\n{"begin":"a","outputs":[${JSON.stringify(pathOf(rig.root))}]}\n`);
    const { stderr, stdout } = await rig.run(...command);
    if (command[0] === "gc" || command[0] === "checkout") expect(stderr + stdout).toContain("warning INC4213");
    expect([pictureOf(victim()), pictureOf(rig.path(".git"))]).toEqual(before);
  }
});

test(`no command touches anything outside, whatever the store contains (INC_HOSTILE_SEED=${SEED})`, {
  timeout: 600_000,
}, async () => {
  console.log(`hostile stores: seed ${SEED}, ${STORES} stores`);
  symlinkSync(victim(), rig.path("link"));
  const random = new Random(SEED);
  const before = pictureOf(victim());
  for (let store = 0; store < STORES; store += 1) {
    rmSync(rig.path(".inc"), { recursive: true, force: true });
    rig.write("in", "one");
    await rig.run("put", "o", "in");
    await rig.run("run");
    const hostile = new HostileStore(rig.path(".inc"), victim(), random);
    for (let attacks = 1 + random.below(2); attacks > 0; attacks -= 1) await hostile.attack();
    for (let i = 0; i < 4; i += 1) {
      const command = random.pick(COMMANDS);
      const { stderr } = await rig.run(...command);
      const what = `${hostile.done.join(", ")}: inc ${command.join(" ")}`;
      expect([what, stderr]).toEqual([what, expect.not.stringContaining("internal error")]);
      expect([what, pictureOf(victim())]).toEqual([what, before]);
      rig.write("in", `${random.below(9)}`);
    }
  }
});
