import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { HEAD, until } from "./cluster.ts";
import { describeOnRay } from "./suite.ts";

const SILENT = `
import socket, sys, threading
server = socket.create_server(("10.77.0.1", 7777))
def accept():
    connections = []
    while True:
        connections.append(server.accept())
        print("accepted", flush=True)
threading.Thread(target=accept, daemon=True).start()
print("listening", flush=True)
sys.stdin.read()
`;

describeOnRay("the executor of a manifest, and watch", {}, (ray) => {
  const { rigs } = ray;

  const config = (): string =>
    `export default config({ executor: ray({ address: "${HEAD}", python: "${ray.cluster.python}" }), resources: { licence: 1 } });`;

  test("config and single tasks choose where a task runs, and each place has its own pools", async () => {
    const rig = await rigs.of(`
      const held = { resources: { licence: 1 } };
      export const far = task(sh\`hostname > \${out("far.txt")}\`, held);
      export const here = task(sh\`hostname > \${out("here.txt")}\`, { ...held, executor: "local" });
      export const value = task({ value: "json", run: () => 5 });
      ${config()}
    `);
    const ran = await rig.run("run");
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    expect(ran.stdout).toContain("INC4231: 1 of 2 tasks runs on this machine, not on Ray: 1 is a function");
    expect((await rig.run("lineage", "far.txt")).stdout).toMatch(/ray on (alpha|beta|gamma)/);
    expect((await rig.run("lineage", "here.txt")).stdout).toContain("local on ");
    // A flag beats the manifest: all is fresh, so only what is forced runs.
    expect((await rig.run("run", "--executor", "local", "--force", "far")).code).toBe(0);
    expect((await rig.run("lineage", "far.txt")).stdout).toContain("local on ");
  });

  test("watch keeps its connection from one run to the next, and connects anew when its driver is gone", async () => {
    const rig = await rigs.of(
      `export const copied = task(sh\`cp \${file("a.txt")} \${out("b.txt")}\`);
       export const held = task(sh\`cp \${file("c.txt")} \${out("d.txt")}; node \${file(".gate.mjs")} at\`);
       ${config()}`,
      { "a.txt": "1", "c.txt": "1" },
    );
    const drivers = (): readonly number[] => ray.cluster.pids("from driver.main");
    const watch = rig.start(["watch"]);
    (await rig.waitFor("at")).release();
    await until(() => rig.exists("b.txt") && rig.exists("d.txt"), "the first results");
    const first = drivers();
    expect(first).not.toEqual([]);
    rig.write("a.txt", "2");
    await until(() => rig.exists("b.txt") && rig.read("b.txt") === "2", "the second result");
    expect(drivers()).toEqual(first);

    for (const pid of first) process.kill(pid, "SIGKILL");
    rig.write("a.txt", "3");
    await until(() => rig.exists("b.txt") && rig.read("b.txt") === "3", "the third result");
    // It is ended while a task runs.
    rig.write("c.txt", "2");
    const held = await rig.waitFor("at");
    watch.child.kill("SIGINT");
    const { code } = await watch.ended;
    held.release();
    expect(code).toBe(130);
    await ray.cluster.untilNone("from driver.main");
    expect(rig.exists("d.txt")).toBe(false);
  });

  test("an interrupt is heard while inc connects", async () => {
    // Accepts connections and never answers.
    const silent = spawn(ray.cluster.python, ["-c", SILENT], { stdio: ["pipe", "pipe", "inherit"] });
    const said = createInterface({ input: silent.stdout })[Symbol.asyncIterator]();
    await said.next();
    const rig = await rigs.of(`export const one = task(sh\`echo 1 > \${out("one")}\`);`);
    const running = rig.start([
      ...["run", "--executor", "ray", "--ray-address", "10.77.0.1:7777", "--ray-python", ray.cluster.python],
    ]);
    // inc looks whether something listens, then Ray connects.
    await said.next();
    await said.next();
    running.child.kill("SIGINT");
    const { code } = await running.ended;
    expect([code, rig.exists("one")]).toEqual([130, false]);
    await ray.cluster.untilNone("from driver.main");
    silent.stdin.end();
  });
});
