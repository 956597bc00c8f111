import { chmodSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(`export const one = task(sh\`echo 1 > \${out("one")}\`);`);
});

afterEach(() => rig.close());

/** A Python that has only what comes with it. */
function bare(): string {
  rig.write("bare/python", `#!/bin/sh\nexec python3 -I -S "$@"\n`);
  chmodSync(rig.path("bare/python"), 0o755);
  return rig.path("bare/python");
}

test("without Ray nothing runs, and the message says how to install it", async () => {
  const ran = await rig.run("run", "--executor", "ray", "--ray-python", bare());
  expect(ran.code).toBe(2);
  expect(ran.stderr.replaceAll(/\S+\/python3?[.\d]*/g, "PYTHON")).toBe(
    [
      "error INC1070: Ray is not installed for PYTHON",
      "  help: install the version that the cluster has: PYTHON -m pip install ray",
      "  help: or name another Python: --ray-python PATH",
      "",
    ].join("\n"),
  );
  expect(rig.exists("one")).toBe(false);
  const told = await rig.run("run", "--json", "--executor", "ray", "--ray-python", bare());
  const kinds = told.stdout.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line).kind] : []));
  expect(kinds.filter((kind) => kind.startsWith("connect"))).toEqual(["connecting"]);
  const doctor = await rig.run("doctor", "--executor", "ray", "--ray-python", rig.path("nowhere"));
  expect([doctor.code, doctor.stderr]).toEqual([
    2,
    [
      `error INC1070: no Python was found to connect to Ray with: tried ${rig.path("nowhere")}`,
      "  help: install Python and Ray: python3 -m pip install ray",
      "  help: or name a Python: --ray-python PATH",
      "",
    ].join("\n"),
  ]);
  const stray = await rig.run("run", "--ray-address", "head:6379");
  expect(stray.stderr).toContain(
    `error INC1003: "--ray-address head:6379" cannot be used\n  help: say also where tasks run: --executor ray\n`,
  );
  // Nothing to do needs no cluster, and to see what there would be to do needs none either.
  expect((await rig.run("run", "--dry", "--executor", "ray", "--ray-python", bare())).code).toBe(0);
  expect((await rig.run("run")).code).toBe(0);
  expect((await rig.run("run", "--executor", "ray", "--ray-python", bare())).code).toBe(0);
});

test("what stands in the place of a Python, or starts one, may say what it likes", async () => {
  const said = async (script: string): Promise<string> => {
    rig.write("other", `#!/bin/sh\n${script}\n`, 0o755);
    const { code, stderr } = await rig.run("run", "--executor", "ray", "--ray-python", rig.path("other"));
    expect(code).toBe(2);
    return stderr;
  };
  expect(await said("echo listing; echo '{\"half'")).toBe(
    [
      `error INC1072: the process that connects to Ray ended at once (${rig.path("other")})`,
      "  note: listing",
      '  note: {"half',
      "  help: try the same by hand: python3 -c 'import ray; ray.init(address=\"auto\")'",
      "",
    ].join("\n"),
  );
  expect(await said(`echo an environment is set up; exec ${bare()} "$@"`)).toContain(
    "error INC1070: Ray is not installed for ",
  );
});

test("data goes by a shared cache of the kind that was asked for", async () => {
  const far = ["run", "--executor", "ray", "--ray-python", bare()] as const;
  const wrong: readonly (readonly [flags: readonly string[], message: string, help: string])[] = [
    [
      ["--ray-data", "http"],
      "--ray-data http needs a shared cache behind HTTP, and none is named",
      'name one: --remote https://cache.example.com/inc/, INC_REMOTE, or config({ remote: "https://cache.example.com/inc/" })',
    ],
    [
      ["--ray-data", "shared", "--remote", "http://127.0.0.1:1/inc"],
      "--ray-data shared needs a shared cache that is a directory which all machines have, and http://127.0.0.1:1/inc/ is none",
      'name one: --remote file:///mnt/shared/inc, INC_REMOTE, or config({ remote: "file:///mnt/shared/inc" })',
    ],
  ];
  for (const [flags, message, help] of wrong) {
    const { code, stderr } = await rig.run(...far, ...flags);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(
        `error INC1073: ${message}\n  help: ${help}\n  help: or have Ray carry the data: --ray-data objects\n`,
      ),
    ]);
  }
  expect(rig.exists("one")).toBe(false);
  const stray = await rig.run("run", "--ray-data", "http");
  expect(stray.stderr).toContain(`error INC1003: "--ray-data http" cannot be used`);
});

test.each([
  [`config({ executor: ray({ adress: "head:6379" }) })`, `INC2033: ray() has no option "adress"`],
  [`config({ executor: ray({ address: 6379 }) })`, `INC2033: the option "address" of ray() is no text`],
  [`config({ executor: ray({ address: "ray://head:1" }) })`, `INC2033: "ray://head:1" is no address of a Ray cluster`],
  [`config({ executor: ray({ data: "disk" }) })`, `INC2033: "disk" is no way for data to a Ray cluster`],
  [`config({ executor: ray({ runtimeEnv: {} }) })`, "INC2033: runtimeEnv of ray() says nothing that Ray could set up"],
  [`config({ executor: ray({ runtimeEnv: { pip: "requirements.txt" } }) })`, 'INC2033: the field "pip" of runtimeEnv'],
  [
    `config({ executor: ray({ runtimeEnv: { pip: ["-r requirements.txt"] } }) })`,
    'INC2033: the field "pip" of runtimeEnv',
  ],
  [
    `config({ executor: ray({ runtimeEnv: { env_vars: { A: "1" } } }) })`,
    'INC2033: runtimeEnv of ray() has no field "env_vars"',
  ],
  [`config({ executor: "spark" })`, "INC2033: config() has an executor that inc does not know"],
])("a mistaken executor is a mistake in its line: %s", async (written, message) => {
  rig.manifest(`export const one = task(sh\`true\`);\nexport default ${written};`);
  const { code, stderr } = await rig.run("run");
  expect([code, stderr]).toEqual([2, expect.stringContaining(`error ${message}`)]);
  expect(stderr).toMatch(/pipeline\.ts:\d+:\d+/);
});

test("a task that insists on Ray has to be one that can travel", async () => {
  const manifest = `
    export const counted = task({ value: "json", executor: "ray", run: () => 5 });
    export const formatted = task(sh\`true\`, { mutates: ["a.txt"], executor: "ray" });
    export const compiled = task(sh\`touch \${out("a.o")} \${depfile("a.d")}\`, { executor: "ray" });
    export const here = task(sh\`true\`, { executor: "here" });
  `;
  rig.manifest(manifest);
  expect((await rig.run("run")).stderr).toContain(
    `error INC2023: the option "executor" of a task has an unusable value`,
  );
  rig.manifest(manifest.replace(`"here"`, `"local"`));
  const { code, stderr } = await rig.run("run");
  expect(code).toBe(2);
  expect(stderr.match(/error .*/g)?.sort()).toEqual([
    `error INC2034: task "compiled" cannot run on a Ray cluster: the files that its depfile names are looked at on this machine`,
    `error INC2034: task "counted" cannot run on a Ray cluster: its function runs in a process of this inc`,
    `error INC2034: task "formatted" cannot run on a Ray cluster: it changes files of the workspace in place (mutates)`,
  ]);
});

test("what cannot travel runs here, which is said once; where a task runs is no part of its fingerprint", async () => {
  const manifest = `
    export const one = task({ value: "json", run: () => 1 });
    export const two = task({ value: "json", run: () => 2 });
    export const compiled = task(sh\`touch \${out("a.o")}; echo a.o: > \${depfile("a.d")}\`);
    export const made = task(sh\`echo made > \${out("made.txt")}\`, OPTIONS);
    export default config({ executor: ray({ address: "10.77.0.9:1", python: "bare/python" }) });
  `;
  bare();
  rig.manifest(manifest.replace("OPTIONS", `{ executor: "local" }`));
  const ran = await rig.run("run");
  expect([ran.code, ran.stderr + ran.stdout]).toEqual([
    0,
    expect.stringContaining(
      "warning INC4231: 3 of 3 tasks run on this machine, not on Ray: 2 are functions, 1 has a depfile",
    ),
  ]);
  expect(ran.stderr + ran.stdout).toContain("ran 4, ");
  // Fresh wherever it is to run: nothing connects.
  rig.manifest(manifest.replace("OPTIONS", "{}"));
  expect(await rig.results()).toEqual([]);
  // Flags win over the manifest, a task over both.
  rig.remove("made.txt");
  rig.manifest(manifest.replace("OPTIONS", `{ executor: "ray" }`).replace("echo made", "echo other"));
  const lost = await rig.run("run", "--executor", "local", "--ray-python", rig.path("nowhere"));
  expect([lost.code, lost.stderr]).toEqual([2, expect.stringContaining(`INC1070: no Python was found`)]);
  expect(lost.stderr).not.toContain("INC4231");
  rig.manifest(manifest.replace("OPTIONS", "{}").replace("echo made", "echo other"));
  expect((await rig.run("run", "--executor", "local")).code).toBe(0);
  expect(rig.read("made.txt")).toBe("other\n");
});
