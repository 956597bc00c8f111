import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Rig } from "../support/rig.ts";
import { addServer, freePort } from "../support/servers.ts";
import { SharedDirectory } from "../support/shared-directory.ts";
import { Checkouts, ran, runShared, type SharedRun } from "../support/shared-runs.ts";
import { asRoot } from "../support/users.ts";

let shared: SharedDirectory;
let checkouts: Checkouts;
let homes: string[];

beforeEach(() => {
  shared = new SharedDirectory();
  checkouts = new Checkouts();
  homes = [];
  chmodSync(shared.root, 0o777);
});

afterEach(async () => {
  await checkouts.close();
  shared.close();
  for (const home of homes) rmSync(home, { recursive: true, force: true });
});

/** Every kind of input, each in a task of its own, and what a program of npm, a service, a compiler and functions add. */
const pipeline = (port: number) => `
import { readFileSync, writeFileSync } from "node:fs";
import { loud } from "./lib/loud.ts";
const level = param("level", 3);
export const sources = task(sh\`cat \${file("a.txt")} \${files("src/**")} > \${out("build/read")}\`);
export const tree = task(sh\`mkdir -p \${out("build/tree/")}/sub && cp src/x build/tree/sub/x && ln -s sub/x build/tree/link && chmod +x build/tree/sub/x\`, { inputs: [files("src/**")] });
export const linked = task(sh\`cat \${file("link.txt")} \${file("linked/x")} > \${out("build/linked")}\`);
export const greeted = task(sh\`\${tool("greet")} \${level} > \${out("build/greeted")}\`, { env: { MODE: env("MODE"), WHO: env("WHO", { tracked: false }) } });
export const compiled = task(sh\`cat main.c inc/a.h > \${out("build/main.o")}; echo "build/main.o: main.c $PWD/inc/a.h ./inc/../inc/a.h" > \${depfile("build/main.d")}\`, { inputs: [file("main.c")] });
export const web = service(sh\`node server.mjs web ${port} \${file("word.txt")}\`, { ready: { port: ${port} } });
export const asked = task(sh\`node get.mjs ${port} > \${out("build/asked")}\`, { inputs: [web] });
export const [one, two] = ["one", "two"].map((name) => task(sh\`cat \${file("list/" + name)} > \${out("build/list-" + name)}\`));
export const units = each(files("list/*"), (item) => task(sh\`wc -c < \${item} > \${out("build/units/" + item.name + ".n")}\`));
export const checked = task(sh\`test -s build/main.o\`, { inputs: [compiled] });
export const counted = task({ inputs: { set: files("src/**"), mode: env("MODE") }, value: "json", run: ({ inputs }) => ({ paths: [...inputs.set.keys()], mode: inputs.mode }) });
export const part = task(sh\`cat \${counted.pick((it) => it.paths)} > \${out("build/part")}\`);
export const called = task({ inputs: { counted, tree }, outputs: { o: "build/called" }, run: ({ inputs, outputs }) => writeFileSync(outputs.o, loud(inputs.counted.mode + readFileSync("word.txt"))) });
export const calls = each(files("list/*"), (item) => task({ inputs: { item }, outputs: { o: "build/calls/" + item.name }, run: async ({ inputs, outputs }) => writeFileSync(outputs.o, loud(item.name + (await inputs.item.text()))) }));
export const all = task(sh\`cat \${sources} \${linked} \${greeted} \${asked} \${one} > \${out("build/all")}; cat build/tree/link >> build/all\`, { inputs: [tree, units, checked] });
`;

async function checkout(port: number): Promise<Rig> {
  const rig = await checkouts.make(pipeline(port), {
    "a.txt": "a\n",
    "src/x": "x\n",
    "src/deep/y": "y\n",
    "main.c": "int main;\n",
    "inc/a.h": "#define A\n",
    "word.txt": "word\n",
    "lib/loud.ts": "export const loud = (text: string): string => text.toUpperCase();\n",
    "list/one": "1\n",
    "list/two": "22\n",
    "linked-there/x": "there\n",
    "node_modules/greet/package.json": '{ "name": "greet", "version": "1.2.3", "bin": "greet.sh" }\n',
  });
  rig.write("node_modules/greet/greet.sh", '#!/bin/sh\necho "hello $1 $MODE"\n', 0o755);
  mkdirSync(rig.path("node_modules/.bin"));
  symlinkSync("../greet/greet.sh", rig.path("node_modules/.bin/greet"));
  symlinkSync("a.txt", rig.path("link.txt"));
  symlinkSync("linked-there", rig.path("linked"));
  addServer(rig);
  return rig;
}

/** Runs with a home of its own and what else differs between people. */
function runAs(rig: Rig, who: string): Promise<SharedRun> {
  const home = mkdtempSync(join(tmpdir(), `inc-home-${who}-`));
  chmodSync(home, 0o777);
  homes.push(home);
  const env = { HOME: home, USER: who, LOGNAME: who, WHO: who, MODE: "same", INC_REMOTE: shared.url, TZ: who };
  return runShared(rig, env, ["--param", "level=4"]);
}

test("a task whose result depends on no platform says so, and a change of that makes it stale", async () => {
  const body = (options: string) => `export const a = task(sh\`cat \${file("in")} > \${out("a")}\`, ${options});`;
  const rig = await checkouts.make(body("{}"), { in: "1\n" });
  const results = async (): Promise<readonly string[]> => (await runShared(rig, { INC_REMOTE: shared.url })).results;
  expect(await results()).toEqual(["a: ran"]);
  rig.manifest(body('{ platform: "any" }'));
  expect(await results()).toEqual(["a: ran"]);
  expect((await rig.run("why", "a")).stdout).toContain(`platform  ${process.platform}-${process.arch} → any`);
  rig.manifest(body("{}"));
  expect(await results()).toEqual(["a: fresh"]);
  const wrong = await checkouts.make(body('{ platform: "linux" }'));
  expect(await runShared(wrong, {})).toMatchObject({ code: 2, stderr: expect.stringContaining("INC2023") });
});

test("a program may count by the version that it prints, where its bytes differ between machines", async () => {
  const body = `
export const version = task(sh\`cc --version > \${out("build/cc-version")}\`, { rerun: "always" });
export const app = task(sh\`cc \${file("main.c")} > \${out("build/app")}\`, { inputs: [version] });`;
  const checkout = async (bytes: string, version: string): Promise<readonly string[]> => {
    const rig = await checkouts.make(body, { "main.c": "int main;\n" });
    rig.write("bin/cc", `#!/bin/sh\n# ${bytes}\ntest "$1" = --version && echo cc ${version} || cat "$1"\n`, 0o755);
    return ran(await runShared(rig, { INC_REMOTE: shared.url, PATH: `${rig.path("bin")}:${process.env["PATH"]}` }));
  };
  expect(await checkout("of Debian", "1")).toEqual(["app", "version"]);
  expect(await checkout("of Fedora", "1")).toEqual(["version"]);
  expect(await checkout("of Fedora", "2")).toEqual(["app", "version"]);
});

asRoot("two people in two directories find each other's results, all of them", async () => {
  const port = await freePort();
  const first = await checkout(port);
  const made = await runAs(first, "ann");
  expect([made.code, made.stderr]).toEqual([0, ""]);
  const second = await checkout(port);
  for (const path of ["a.txt", "src/x", "main.c"]) chmodSync(second.path(path), 0o600);
  second.asUser();
  const found = await runAs(second, "bob");
  expect([found.code, found.stderr]).toEqual([0, ""]);
  expect([made.results.length, ran(made).length]).toEqual([18, 18]);
  // A task without outputs has nothing to be restored.
  const restored = made.results.map((result) => result.replace(/: ran$/, ": restored"));
  expect(found.results).toEqual(restored.map((result) => result.replace("checked: restored", "checked: fresh")));
  for (const path of ["build/all", "build/called", "build/part", "build/calls/two"])
    expect(second.read(path)).toBe(first.read(path));
});
