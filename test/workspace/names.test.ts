import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../oracle/random.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("outputs with names of 240 to 255 bytes are made, restored and checked out, and a longer name is an error", async () => {
  const names = [240, 243, 244, 250, 255].flatMap((length) => [
    "x".repeat(length),
    `${"é".repeat(Math.floor((length - 1) / 2))}${"y".repeat(length - 2 * Math.floor((length - 1) / 2))}`,
  ]);
  const tasks = names.map(
    (name, i) => `export const t${i} = task(sh\`echo ${i} > \${out(${JSON.stringify(`b/${name}`)})}\`);`,
  );
  tasks.push(`export const d = task(sh\`cp -r in/. d\`, { inputs: [files("in/*")], outputs: { d: "d/" } });`);
  rig.manifest(tasks.join("\n"));
  for (const name of names) rig.write(`in/${name}`, name);
  const first = await rig.run("run");
  expect([first.code, first.stderr]).toEqual([0, ""]);
  rig.remove("b");
  rig.remove("d");
  expect((await rig.run("run")).stdout).toContain(`restored ${names.length + 1}, fresh 0, failed 0`);
  expect(names.map((name) => rig.read(`b/${name}`))).toEqual(names.map((_, i) => `${i}\n`));
  expect(names.map((name) => rig.read(`d/${name}`))).toEqual(names);
  rig.remove("d");
  expect((await rig.run("checkout", "d", `b/${names[9]}`)).code).toBe(0);
  expect((await rig.run("run")).stdout).toContain(`fresh ${names.length + 1}, failed 0`);
  rig.manifest(`export const t = task(sh\`echo > \${out("b/${"z".repeat(256)}")}\`);`);
  const { code, stdout, stderr } = await rig.run("run");
  expect([code, stdout + stderr]).toEqual([1, expect.stringContaining("INC4304")]);
  expect(stdout + stderr).toContain("too long");
});

/** Any bytes but a slash and NUL, as UTF-8 where that is asked for. */
function nameOf(random: Random): string {
  const points = [
    0x01, 0x0a, 0x0d, 0x20, 0x22, 0x24, 0x27, 0x2a, 0x5b, 0x5c, 0x60, 0x7f, 0x85, 0xa0, 0xe9, 0x2028, 0x202e, 0xfffd,
    0x1f600,
  ];
  const length = 1 + random.below(6);
  const text = Array.from({ length }, () =>
    random.chance(0.5) ? String.fromCodePoint(0x61 + random.below(26)) : String.fromCodePoint(random.pick(points)),
  ).join("");
  return text === "." || text === ".." ? `${text}x` : text;
}

/** Path → mode and bytes, of everything in a directory. */
function picture(root: string): Record<string, string> {
  const found: [string, string][] = [];
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const mode = (statSync(path).mode & 0o7777).toString(8);
    found.push([path, `${mode} ${entry.isFile() ? readFileSync(path, "utf8") : "directory"}`]);
  }
  return Object.fromEntries(found.sort());
}

test("trees of any names and permission bits are restored as they were made", async () => {
  const seed = Number(process.env["INC_NAMES_SEED"] ?? Math.floor(Math.random() * 1e9));
  console.log(`names: seed ${seed}`);
  const random = new Random(seed);
  const bits = () => 0o400 + random.below(0o400);
  rig.manifest(`export const t = task(sh\`cp -a made/. d\`, { inputs: [file("in")], outputs: { d: "d/" } });`);
  for (let round = 0; round < 8; round += 1) {
    execFileSync("rm", ["-rf", rig.path("made")]);
    mkdirSync(rig.path("made"));
    const directories = [rig.path("made")];
    for (let i = 0; i < 20; i += 1) {
      const path = join(random.pick(directories), nameOf(random));
      if (statSync(path, { throwIfNoEntry: false }) !== undefined) continue;
      if (random.chance(0.3)) {
        mkdirSync(path);
        directories.push(path);
      } else {
        writeFileSync(path, `${round} ${i}\n`);
        chmodSync(path, bits());
      }
    }
    // From the deepest up; the owner may read each directory, so the test needs no root.
    for (const directory of directories.reverse()) chmodSync(directory, 0o500 | bits());
    rig.write("in", `${round}\n`);
    const ran = await rig.run("run");
    expect([seed, round, ran.code, ran.stdout + ran.stderr]).toEqual([seed, round, 0, expect.any(String)]);
    const made = picture(rig.path("d"));
    expect(Object.keys(made).length).toBeGreaterThan(5);
    expect((await rig.run("clean")).code).toBe(0);
    expect(statSync(rig.path("d"), { throwIfNoEntry: false })).toBeUndefined();
    expect([seed, round, await rig.results()]).toEqual([seed, round, ["t: restored"]]);
    expect([seed, round, picture(rig.path("d"))]).toEqual([seed, round, made]);
    expect((await rig.run("run")).stdout).toContain("fresh 1, failed 0");
    execFileSync("chmod", ["-R", "u+rwx", dirname(rig.path("made/x"))]);
  }
  execFileSync("chmod", ["-R", "u+rwx", rig.path("d")]);
});
