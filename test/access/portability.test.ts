import { afterEach, beforeEach, expect, test } from "vitest";
import { namedIn } from "../../src/access/portable/places.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
  rig.write("a.txt", "a\n");
});

afterEach(() => rig.close());

/** What the doctor finds, by code and message, after a run. */
async function found(manifest: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  rig.manifest(manifest);
  expect(await rig.start(["run"], { env }).ended).toMatchObject({ code: 0 });
  const outcome = await rig.start(["doctor", "--portable", "--json"], { env }).ended;
  const { findings } = JSON.parse(outcome.stdout) as { findings: { code: string; message: string }[] };
  expect(outcome.code).toBe(findings.length > 0 ? 1 : 0);
  return findings.map(({ code, message }) => `${code} ${message.replaceAll(rig.root, "ROOT")}`);
}

test("a pipeline of relative paths has nothing that would miss elsewhere", async () => {
  const manifest = `export const a = task(sh\`cat \${file("a.txt")} > \${out("build/a")}\`, { env: { MODE: "fast" } });`;
  expect(await found(manifest)).toEqual([]);
  const outcome = await rig.run("doctor", "--portable");
  expect(outcome).toMatchObject({ code: 0, stdout: "nothing in 1 task would miss elsewhere\n" });
});

test("commands, variables and outputs that name the workspace or the home are told, with the line", async () => {
  const manifest = `
export const a = task(sh\`cat \${file("a.txt")} \${process.cwd()}/a.txt > \${out("build/a")}\`);
export const b = task(sh\`printf 'one\\ntwo %s/a.txt\\n' "$PWD" > \${out("build/b")}\`, { inputs: [file("a.txt")] });
export const c = task(sh\`cp \${file("a.txt")} \${out("build/c")}\`, { env: { AT: process.cwd() + "/x" } });
export const d = task(sh\`mkdir -p \${out("build/d/")}/in; head -c 3000000 /dev/zero > build/d/in/big; pwd >> build/d/in/big\`, { inputs: [file("a.txt")] });
`;
  expect(await found(manifest)).toEqual([
    'INC1060 the command of task "a" names "ROOT/a.txt", in the workspace',
    'INC1061 "build/b:2", made by task "b", names "ROOT/a.txt", in the workspace',
    'INC1060 the variable AT of task "c" names "ROOT/x", in the workspace',
    'INC1061 "build/d/in/big", made by task "d", names "ROOT", in the workspace',
  ]);
  const outcome = await rig.run("doctor", "--portable", "b");
  expect(outcome.stdout).toContain("pipeline.ts:4:");
  expect(outcome.stdout).toContain("1 thing would miss elsewhere");
});

test("tools of the machine, found inputs outside, personal variables and secrets are told", async () => {
  const manifest = `
const user = env("USER");
const token = env("TOKEN", { secret: true });
const passed = env("HOME", { tracked: false });
export const a = task(sh\`\${tool("cat")} \${file("a.txt")} > \${out("build/a")}; echo 'x: /etc/passwd /etc/hostname' > \${depfile("build/a.d")}\`);
export const b = task(sh\`cp \${file("a.txt")} \${out("build/b")}\`, { env: { USER: user, TOKEN: token, HOME: passed } });
`;
  const list = await found(manifest, { USER: "eve", TOKEN: "t0p" });
  expect(list.map((text) => text.replace(/"\/[^"]*cat"/, '"CAT"'))).toEqual([
    'INC1063 task "a" found "/etc/hostname" and 1 more outside of the workspace',
    'INC1062 the tool "cat" counts by the content of "CAT", a program of this machine',
    'INC1063 the variable "USER" is part of fingerprints, and differs from machine to machine',
    'INC1063 the secret "TOKEN" is part of fingerprints, with the salt of this store',
  ]);
});

test("a place is named only where the path ends or goes on below it", () => {
  const places = [{ path: "/home/eve", what: "your home directory" }];
  const textOf = (text: string): string | undefined => namedIn(text, places)?.text;
  expect(textOf("see /home/eve2/x")).toBeUndefined();
  expect(textOf("see /mnt/home/eve")).toBeUndefined();
  expect(textOf("--at=/home/eve/x.txt: no")).toBe("/home/eve/x.txt");
  expect(textOf("'/home/eve'")).toBe("/home/eve");
  expect(textOf("/home/eve2 /home/eve")).toBe("/home/eve");
});
