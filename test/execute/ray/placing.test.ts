import { spawn } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import { EventLines } from "../../support/event-lines.ts";
import { patiently } from "../../support/patience.ts";
import type { Rig } from "../../support/rig.ts";
import { runBy } from "../executed.ts";
import { HEAD } from "./cluster.ts";
import { describeOnRay } from "./suite.ts";

/** Takes all that a node has of `away`, until its stdin ends. */
const OCCUPY = `
import sys
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
address, name = sys.argv[1:]
ray.init(address=address, log_to_driver=False, logging_level="ERROR")
node = next(each["NodeID"] for each in ray.nodes() if each["NodeName"] == name)
class Held:
    def ready(self): ...
here = NodeAffinitySchedulingStrategy(node, soft=False)
held = ray.remote(Held).options(num_cpus=0, resources={"away": 2}, scheduling_strategy=here).remote()
ray.get(held.ready.remote())
print("held", flush=True)
sys.stdin.read()
`;

describeOnRay("what runs where on a Ray cluster, when, and what comes of it", {}, (ray) => {
  const { flags, links, rigs } = ray;

  test("tasks run where their large inputs are", async () => {
    // Both nodes that have `away` are full while the first two run, so that each makes one of the large files.
    const rig = await rigs.of(`
      const steps = (name) => {
        const made = [task(sh\`node \${file(".gate.mjs")} \${name}; seq 500000 > \${out(name + ".0")}; echo \${name} >> \${name}.0\`, { resources: { away: 2 } })];
        for (let n = 1; n <= 4; n += 1)
          made.push(task(sh\`(cat \${made[n - 1]}; echo \${n}) > \${out(name + "." + n)}\`, { resources: { away: 1 } }));
        return Object.fromEntries(made.map((each, n) => ["t" + n, each]));
      };
      export const a = steps("a");
      export const b = steps("b");
      export default config({ resources: { away: 4 } });
    `);
    const running = rig.start(["run", ...flags(), "--json"]);
    for (const held of await Promise.all(["a", "b"].map((name) => rig.waitFor(name)))) held.release();
    const { code, stdout } = await running.ended;
    expect(code).toBe(0);
    const hosts = hostsIn(stdout);
    const of = (name: string): readonly (string | undefined)[] =>
      [0, 1, 2, 3, 4].map((n) => hosts.get(`${name}.t${n}`));
    expect([hosts.get("a.t0"), hosts.get("b.t0")].sort()).toEqual(["beta", "gamma"]);
    expect(of("a")).toEqual(Array(5).fill(hosts.get("a.t0")));
    expect(of("b")).toEqual(Array(5).fill(hosts.get("b.t0")));
  });

  test("a task runs elsewhere while another program keeps the node of its inputs busy", async () => {
    const rig = await rigs.of(`
      const away = { resources: { away: 1 } };
      export const made = task(sh\`seq 500000 > \${out("made")}\`, away);
      export const counted = task(sh\`cksum < \${made} > \${out("counted")}\`, away);
      export default config({ resources: { away: 4 } });
    `);
    const run = async (name: string): Promise<string | undefined> => {
      const { code, stdout } = await rig.start(["run", name, ...flags(), "--json"]).ended;
      expect(code).toBe(0);
      return hostsIn(stdout).get(name);
    };
    const host = await run("made");
    const program = spawn(ray.cluster.python, ["-c", OCCUPY, HEAD, `${host}`], { stdio: ["pipe", "pipe", "inherit"] });
    const ended = new Promise((resolve) => program.once("close", resolve));
    try {
      await patiently(
        new Promise((resolve) => program.stdout.once("data", resolve)),
        () => "a program that keeps a node busy",
      );
      const other = await run("counted");
      expect([host, other].sort()).toEqual(["beta", "gamma"]);
    } finally {
      program.stdin.end();
      await ended;
    }
  });

  test("in watch, what an edit affects comes before what else is to run", async () => {
    const names = ["b", "c", "d"];
    const rig = await rigs.of(
      `const alone = { resources: { licence: 1 } };
       export const a = task(sh\`cat \${file("a.txt")} > \${out("o/a")}; node \${file(".gate.mjs")} held\`, alone);
       ${names.map((name) => `export const ${name} = task(sh\`cat \${file("${name}.txt")} > \${out("o/${name}")}\`, alone);`).join("\n")}
       export const witness = task(sh\`cat \${file("d.txt")}; node .gate.mjs witness\`, { executor: "local" });
       export default config({ resources: { licence: 1 } });`,
      Object.fromEntries(["a", ...names].map((name) => [`${name}.txt`, "1"])),
    );
    const watch = rig.start(["watch", "--json", ...flags()]);
    const lines = new EventLines(watch);
    const held = await rig.waitFor("held");
    (await rig.waitFor("witness")).release();
    rig.write("d.txt", "2");
    // It runs again once the edit has been heard of.
    (await rig.waitFor("witness")).release();
    held.release();
    const told = (await lines.until("watch-quiet")).map((line) => JSON.parse(line) as Event);
    const begun = told.flatMap((event) => (event.kind === "attempt-placed" ? event.task : []));
    expect(begun).toEqual(["a", "d", "b", "c"]);
    expect(rig.read("o/d")).toBe("2");
    watch.child.kill("SIGINT");
    await watch.ended;
  });

  test("while outputs come, the next task runs", async () => {
    const rig = await rigs.of(`
      export const large = task(sh\`head -c ${1024 ** 3} /dev/zero > \${out("large")}\`);
      export const small = task(sh\`echo 1 > \${out("small")}\`);
    `);
    const { summary, events } = await runBy(rig, links.through(ray.cluster.python), { jobs: "1" });
    expect(summary).toMatchObject({ ran: 2, failed: 0 });
    const order = events.flatMap((event) =>
      event.kind === "attempt-started" || event.kind === "attempt-ended" ? `${event.task} ${event.kind}` : [],
    );
    expect(order).toEqual([
      "large attempt-started",
      "small attempt-started",
      "small attempt-ended",
      "large attempt-ended",
    ]);
  });

  test("an output that is what it was before does not come again, and what is not as it was does", async () => {
    const rig = await rigs.of(
      `export const made = task(sh\`
         seq 50000 > \${out("same", "same")}; (seq 50000; cat \${file("a.txt")}) > \${out("other", "other")}
         mkdir -p \${out("tree/", "tree")}; seq 50001 > tree/same; (seq 50001; cat a.txt) > tree/other\`);
       export const sum = task(sh\`cksum < \${made.outputs.same} > \${out("sum")}\`);`,
      { "a.txt": "1" },
    );
    // What the driver says, beside what it does.
    const said = join(rig.root, ".said");
    const python = rig.path(".python");
    writeFileSync(python, `#!/bin/sh\n${ray.cluster.python} "$@" | tee -a ${said}\n`);
    chmodSync(python, 0o755);
    const come = async (): Promise<readonly string[]> => {
      writeFileSync(said, "");
      const { summary } = await runBy(rig, links.through(python));
      expect(summary).toMatchObject({ failed: 0, exit: 0 });
      return comeIn(readFileSync(said, "utf8"));
    };
    expect(await come()).toEqual(["other", "same", "tree/other", "tree/same"]);
    rig.write("a.txt", "2");
    expect(await come()).toEqual(["other", "tree/other"]);
    expect([rig.read("same"), rig.read("tree/same")]).toEqual([seq(50_000), seq(50_001)]);
    // The store is damaged, and the file of the workspace gone.
    damageBlobs(rig, seq(50_000).length);
    rig.write("a.txt", "3");
    expect(await come()).toEqual(["other", "same", "tree/other"]);
    expect([rig.read("same"), rig.read("other")]).toEqual([seq(50_000), `${seq(50_000)}3`]);
    expect(readdirSync(rig.path(".inc/tmp"))).toEqual([]);
  });

  test("a task gets the accelerators that Ray gives it, and what Ray does not take is said", async () => {
    const rig = await rigs.of(`
      const shown = (name, gpu) => task(sh\`(printenv CUDA_VISIBLE_DEVICES || echo none) > \${out(name)}\`, { resources: gpu === 0 ? {} : { gpu } });
      export const none = shown("none", 0);
      export const one = shown("one", 1);
      export const two = shown("two", 2);
      export const odd = shown("odd", 1.5);
      export default config({ resources: { gpu: 4 } });
    `);
    const { summary, events } = await runBy(rig, links.through(ray.cluster.python));
    expect(summary).toMatchObject({ ran: 3, failed: 1 });
    expect([rig.read("none"), rig.read("two")]).toEqual(["none\n", "0,1\n"]);
    expect(rig.read("one")).toMatch(/^[01]\n$/);
    const [problem] = events.flatMap((event) =>
      event.kind === "task-ended" ? (event.failure?.diagnostics ?? []) : [],
    );
    expect([problem?.code, problem?.notes?.[0]?.message]).toEqual([
      "INC4355",
      expect.stringContaining("whole numbers"),
    ]);
  });

  test("outputs of the same content are files of their own, with the permissions that the command gave them", async () => {
    const rig = await rigs.of(`
      export const twins = task(sh\`seq 50000 > \${out("a")}; cp a \${out("b")}; chmod 755 b\`);
      export const other = task(sh\`seq 50000 > \${out("c")}\`);
    `);
    const { summary } = await runBy(rig, links.through(ray.cluster.python));
    expect(summary).toMatchObject({ ran: 2, failed: 0 });
    const files = ["a", "b", "c"].map((name) => statSync(rig.path(name)));
    expect(files.map(({ nlink, mode }) => [nlink, mode & 0o777])).toEqual([
      [1, 0o644],
      [1, 0o755],
      [1, 0o644],
    ]);
    expect(new Set(files.map(({ ino }) => ino)).size).toBe(3);
    for (const name of ["a", "b", "c"]) expect(rig.read(name)).toBe(seq(50_000));
    expect(readdirSync(rig.path(".inc/tmp"))).toEqual([]);
  });

  test("status shows the cluster that a run uses, and what runs where", async () => {
    const rig = await rigs.of(`export const held = task(sh\`node \${file(".gate.mjs")} seen\`);`);
    const running = rig.start(["run", ...flags()]);
    const held = await rig.waitFor("seen");
    const shows = async (): Promise<string> => (await rig.run("status")).stdout;
    let shown = "";
    do shown = await shows();
    while (!/^running/m.test(shown));
    expect(shown).toMatch(/^cluster {7}10\.77\.0\.1:6379 {2}.*gamma.*; used by process \d+$/m);
    expect(shown).toMatch(/^running {7}held @ (alpha|beta|gamma) {2}\d/m);
    const json = JSON.parse((await rig.run("status", "--json")).stdout);
    expect(json.clusters).toMatchObject([{ pid: running.child.pid, running: [{ task: "held" }] }]);
    held.release();
    expect((await running.ended).code).toBe(0);
    expect(await shows()).not.toContain("cluster ");
  });
});

/** Task → the node that it was placed on last. */
function hostsIn(stdout: string): ReadonlyMap<string, string> {
  const events = stdout.split("\n").flatMap((line) => (line === "" ? [] : (JSON.parse(line) as Event)));
  return new Map(
    events.flatMap((event) => (event.kind === "attempt-placed" ? [[event.task, event.host] as const] : [])),
  );
}

/** The paths of the files that were fetched, by what a driver said. */
function comeIn(said: string): readonly string[] {
  const answers = said.split("\n").flatMap((line) => (line === "" ? [] : JSON.parse(line)));
  return answers
    .flatMap(({ made }) => (made?.items ?? []) as { path: string; file?: string }[])
    .flatMap(({ path, file }) => (file === undefined ? [] : path))
    .sort();
}

function seq(last: number): string {
  return Array.from({ length: last }, (_, i) => `${i + 1}\n`).join("");
}

function damageBlobs(rig: Rig, size: number): void {
  const blobs = readdirSync(rig.path(".inc/blobs"), { recursive: true, withFileTypes: true });
  for (const entry of blobs.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (readFileSync(path).length !== size) continue;
    chmodSync(path, 0o600);
    writeFileSync(path, "-".repeat(size));
  }
}
