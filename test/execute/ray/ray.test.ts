import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { RunOptions } from "../../../src/run/session/options.ts";
import { FILES, MADE, PIPELINE, type Ran, runBy } from "../executed.ts";
import { type NodeName, rayEnvironment } from "./cluster.ts";
import { describeOnRay } from "./suite.ts";

const DRIVER = fileURLToPath(new URL("../../../src/execute/ray", import.meta.url));

describeOnRay("on a Ray cluster of three nodes", {}, (ray) => {
  const { flags, links, rigs } = ray;

  const onRay = (python = ray.cluster.python): RunOptions["executor"] => links.through(python);

  test("the same pipeline gives the same results, which are fresh on this machine as well", async () => {
    const [here, there] = [await rigs.of(PIPELINE, FILES), await rigs.of(PIPELINE, FILES)];
    for (const rig of [here, there]) expect((await rig.run("put", "model", "model.bin")).code).toBe(0);
    const local = await runBy(here, undefined);
    const far = await runBy(there, onRay());
    expect(far.summary).toMatchObject({ ran: 8, failed: 0, exit: 0 });
    for (const path of MADE) expect([path, there.read(path)]).toEqual([path, here.read(path)]);
    expect(resultsOf(far)).toEqual(resultsOf(local));
    expect(far.logs).toEqual(local.logs);
    for (const [task, { executor, host, cluster: where }] of far.records) {
      // Files that a depfile names were looked at here alone.
      if (task === "unit") expect([executor, where]).toEqual(["local", undefined]);
      else {
        expect([task, executor, where?.ray]).toEqual([task, "ray", "2.60.0"]);
        expect(["alpha", "beta", "gamma"]).toContain(host);
        expect(where?.node).toMatch(/^[0-9a-f]{56}$/);
        expect(where?.task).toMatch(/^[0-9a-f]{48}$/);
      }
    }
    expect((await runBy(there, undefined)).summary).toMatchObject({ fresh: 8, ran: 0 });
    there.write("data/b.txt", "pear\n");
    expect((await runBy(there, onRay())).summary).toMatchObject({ failed: 0, exit: 0 });
    here.write("data/b.txt", "pear\n");
    await runBy(here, undefined);
    for (const path of MADE) expect([path, there.read(path)]).toEqual([path, here.read(path)]);
  });

  test("what Ray is to set up comes to it, and what it cannot set up is said", async () => {
    const rig = await rigs.of(`
      export const one = task(sh\`echo 1 > \${out("one")}\`);
      export const here = task(sh\`echo 2 > \${out("two")}\`, { executor: "local" });
      export default config({ executor: ray({ runtimeEnv: { conda: "nowhere" } }) });
    `);
    const { code, stdout, stderr } = await rig.run("run", "-k", ...flags().slice(2));
    expect([code, rig.exists("one"), rig.read("two")]).toEqual([1, false, "2\n"]);
    expect(stdout + stderr).toContain('error INC4355: Ray could not set up what task "one" runs with');
    expect(stdout + stderr).toContain("conda");
  });

  test("directories come with modes, symlinks, empty directories and files of every size", async () => {
    const manifest = `
      export const tree = task(sh\`
        mkdir -p \${out("tree/")}/empty tree/many
        ln -s many/1 tree/link; ln -s nowhere tree/dangling
        for i in $(seq 40); do head -c 50000 /dev/zero | tr '\\\\0' $((i % 10)) > tree/many/$i; done
        head -c 40000000 /dev/zero | tr '\\\\0' x > tree/large
        printf '#!/bin/sh' > tree/tool; chmod 755 tree/tool; : > "tree/a name"
      \`);
      export const list = task(sh\`(cd \${tree}; find . | sort; readlink link; cat many/* large | cksum; test -x tool) > \${out("list")}\`);
    `;
    const [here, there] = [await rigs.of(manifest), await rigs.of(manifest)];
    const local = await runBy(here, undefined);
    // What the driver says, beside what it does.
    const said = join(there.root, ".said");
    const python = there.path(".python");
    writeFileSync(python, `#!/bin/sh\n${ray.cluster.python} "$@" | tee -a ${said}\n`);
    chmodSync(python, 0o755);
    const far = await runBy(there, onRay(python));
    expect(far.summary).toMatchObject({ ran: 2, exit: 0 });
    expect(resultsOf(far)).toEqual(resultsOf(local));
    expect(lstatSync(there.path("tree/tool")).mode).toBe(lstatSync(here.path("tree/tool")).mode);
    expect(readlinkSync(there.path("tree/dangling"))).toBe("nowhere");
    expect(readdirSync(there.path("tree/empty"))).toEqual([]);
    // The large file was there already, where it was made.
    expect(readFileSync(said, "utf8")).not.toContain(`"type": "sent"`);
    expect(readdirSync(there.path(".inc/tmp"))).toEqual([]);

    // The next run sends it no more than the first: the cluster remembers.
    const again = await runBy(there, onRay(python), { force: true, tasks: ["list"] });
    expect(again.summary).toMatchObject({ ran: 1, fresh: 1, exit: 0 });
    expect(readFileSync(said, "utf8")).not.toContain(`"type": "sent"`);
  });

  test("what a command does wrong is seen as on this machine, and what only a cluster can do wrong is said", async () => {
    const manifest = `
      const nothing = file("a.txt");
      export const peek = task(sh\`cat \${nothing} b.txt > \${out("made.txt")}\`);
      export const fails = task(sh\`echo out; echo err >&2; exit 3\`, { retries: 1 });
      export const killed = task(sh\`kill -KILL $$\`);
      export const slow = task(sh\`echo begun; sleep 100\`, { timeout: "200ms" });
      export const lazy = task(sh\`true > \${out("there")}; rm there\`);
      export const missing = task(exec(["no-such-program"]));
      export const pipe = task(sh\`mkdir -p \${out("pipes/")}; mkfifo pipes/one\`);
      export const huge = task(sh\`true\`, { resources: { gpu: 3 } });
      export const licensed = task(sh\`true\`, { resources: { licence: 1 } });
      export const leads = task(sh\`cat \${file("link")}\`);
      export const tooled = task(sh\`\${tool("tac")}\`);
      export const secret = task(sh\`echo "$A $B"; test -n "$HOME"; printenv TZ || echo unset; env | grep RAY || echo none\`, {
        env: { A: "1", B: env("HIDDEN", { secret: true }), TZ: env("NOT_SET") },
      });
      export default config({ resources: { gpu: 4, licence: 1 } });
    `;
    const rig = await rigs.of(manifest, { "a.txt": "a", "b.txt": "b" });
    execFileSync("ln", ["-s", "/etc/hostname", rig.path("link")]);
    process.env["HIDDEN"] = "hidden-word";
    const { records, logs, events, summary } = await runBy(rig, onRay()).finally(() => delete process.env["HIDDEN"]);
    expect(summary).toMatchObject({ failed: 10, ran: 2 });
    const outcomes = [...records].map(([task, { outcome, exit, signal }]) => `${task} ${outcome} ${exit ?? signal}`);
    expect(outcomes).toEqual(
      expect.arrayContaining(["peek failed 1", "fails failed 3", "killed failed SIGKILL", "slow timeout SIGTERM"]),
    );
    expect(logs.get("fails")).toBe("out\nerr\n");
    expect(logs.get("secret")).toBe("1 ***\nunset\nnone\n");
    expect(rig.exists("made.txt")).toBe(false);
    const texts = events.flatMap((event) =>
      event.kind === "task-ended"
        ? (event.failure?.diagnostics.map(({ code, message, help }) => `${code} ${message}; ${help?.[0]}`) ?? [])
        : [],
    );
    expect(
      texts
        .sort()
        .join("\n")
        .replaceAll(/alpha|beta|gamma/g, "NODE")
        .replaceAll(/\S*\/ray-\w+/g, "(DIRECTORY"),
    ).toMatchInlineSnapshot(`
      "INC4301 the program "no-such-program" was not found on NODE; install it on all nodes of the cluster, or declare the file as an input
      INC4302 task "lazy" succeeded, but did not make its output "there"; let the command write to it, or remove it from the outputs
      INC4303 task "pipe" succeeded, but its output "pipes" contains "pipes/one", which is neither a file, a directory nor a symlink; remove it at the end of the command, or write it outside the output
      INC4350 task "peek" reads "b.txt", which it does not declare; declare it: inputs: [file("b.txt")]
      INC4352 task "huge" asks for more than any node of the Ray cluster has: 1 CPU, 3 GPU; ask for less in the task's resources, or add a node that has as much
      INC4353 task "leads" reads the symlink "link", which leads out of the workspace: no other machine has what it leads to; put the file into the workspace in place of the symlink, or run the task without --executor ray
      INC4354 task "tooled" needs the tool "tac", and NODE has another one than this machine (DIRECTORY/bin/tac); install the same version on all machines, or leave the tool out of the inputs"
    `);
  });

  test.each(["inc is killed", "the driver is killed", "the worker is killed", "it is interrupted"])(
    "nothing runs on and nothing is cached when %s",
    async (event) => {
      const victim = event.replace(/ is \w+$/, "");
      const name = victim.replaceAll(/\W/g, "-");
      const rig = await rigs.of(`
        export const held = task(sh\`${victim === "inc" ? `trap "" TERM` : ":"}; (setsid sleep 7777 &); echo half > \${out("made.txt")}; node \${file(".gate.mjs")} ${name}\`);
      `);
      const running = rig.start(["run", ...flags()]);
      const held = await rig.waitFor(name);
      if (victim === "inc") running.child.kill("SIGKILL");
      else if (event === "it is interrupted") running.child.kill("SIGINT");
      else
        for (const pid of ray.cluster.pids(victim === "the driver" ? "from driver.main" : "ray::held"))
          process.kill(pid, "SIGKILL");
      if (victim === "the worker") (await rig.waitFor(name)).release();
      const { code, stdout, stderr } = await running.ended;
      await ray.cluster.untilNone(`.gate.mjs ${name}`);
      await ray.cluster.untilNone("sleep 7777");
      held.release();
      if (victim === "the worker") expect([code, rig.read("made.txt")]).toEqual([0, "half\n"]);
      else {
        expect(code).toBe(victim === "inc" ? null : victim === "the driver" ? 1 : 130);
        if (victim === "the driver") expect(stdout + stderr).toContain("INC4351");
        expect(rig.exists("made.txt")).toBe(false);
        expect(await rig.results("--dry")).toEqual(["held: would-run"]);
      }
      await ray.cluster.untilCleared();
    },
  );

  test("doctor shows the cluster and has it run a command", async () => {
    const rig = await rigs.of(`export const value = task({ value: "json", run: () => 5 });`);
    // A function runs on this machine.
    expect((await rig.run("run", ...flags())).code).toBe(0);
    expect((await rig.run("lineage", "value")).stdout).toContain("local on ");
    const { code, stdout } = await rig.run("doctor", ...flags());
    expect([code, stdout.split("\n")[0]]).toEqual([0, expect.stringMatching(/^Ray 2\.60\.0, Python 3\./)]);
    expect(stdout).toMatch(/^node beta \(10\.77\.0\.2\): .*2 CPU/m);
    expect(stdout).toMatch(
      /^a command ran on (alpha|beta|gamma), and its output was here after .*, by Ray.s object store$/m,
    );
    const json = JSON.parse((await rig.run("doctor", ...flags(), "--json")).stdout);
    expect(json).toMatchObject({
      ray: "2.60.0",
      nodes: expect.arrayContaining([expect.objectContaining({ name: "gamma" })]),
    });
    const wrong = await rig.run(
      "doctor",
      "--executor",
      "ray",
      "--ray-python",
      ray.cluster.python,
      "--ray-address",
      "10.77.0.1:1",
    );
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("error INC1071: no Ray cluster was reached at 10.77.0.1:1"),
    ]);
  });

  test("the driver is typed and has no lint", () => {
    const run = (tool: string, ...args: string[]): string =>
      execFileSync(join(rayEnvironment(), "bin", tool), args, { cwd: DRIVER, encoding: "utf8" });
    expect(run("ruff", "check", "--no-cache", "driver")).toContain("All checks passed!");
    expect(run("ruff", "format", "--no-cache", "--check", "driver")).toContain("already formatted");
    expect(run("mypy", "--cache-dir=/dev/null", "driver")).toContain("Success");
  });

  test("an attempt whose node is lost runs on another one; nothing is left of it", async () => {
    const rig = await rigs.of(`
      export const held = task(sh\`echo begun; node \${file(".gate.mjs")} at; echo made > \${out("made.txt")}\`, {
        resources: { away: 1 },
      });
      export default config({ resources: { away: 4 } });
    `);
    const running = rig.start(["run", ...flags(), "--output-logs", "stream"]);
    await rig.waitFor("at");
    const node = /held @ (beta|gamma) \|/.exec(await running.line("held @"))?.[1] as NodeName;
    ray.cluster.killNode(node);
    (await rig.waitFor("at")).release();
    const { code, stdout } = await running.ended;
    expect([code, rig.read("made.txt")]).toEqual([0, "made\n"]);
    expect(stdout).toContain(`held @ ${node === "beta" ? "gamma" : "beta"} | begun`);
    expect((await rig.run("log", "made.txt")).stdout).toContain("@1  ");
    await ray.cluster.untilNone(".gate.mjs at");
  });
});

function resultsOf({ records }: Ran): unknown {
  return [...records.values()].map(({ task, outcome, fingerprint, outputs }) => ({
    task,
    outcome,
    fingerprint,
    outputs: outputs.map(({ path, identity }) => ({ path, identity })),
  }));
}
