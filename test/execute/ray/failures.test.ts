import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, truncateSync } from "node:fs";
import { expect, test } from "vitest";
import { type NodeName, until } from "./cluster.ts";
import { describeOnRay } from "./suite.ts";

const GIB = 1024 ** 3;

/**
 * How soon Ray notices what does not answer: as a rule a node after a minute, and the head after another one.
 */
const SOON = {
  RAY_health_check_initial_delay_ms: "1000",
  RAY_health_check_period_ms: "1000",
  RAY_health_check_timeout_ms: "2000",
  RAY_health_check_failure_threshold: "4",
  RAY_gcs_rpc_server_reconnect_timeout_s: "8",
};

/** All of this happens on a cluster that wants a token. */
const TOKEN = { RAY_AUTH_MODE: "token", RAY_AUTH_TOKEN: "a".repeat(64) };

describeOnRay("what fails on a Ray cluster", { env: TOKEN, storeBytes: 80_000_000 }, (ray) => {
  const { flags, rigs } = ray;

  test("more than the object stores hold is spilled, and comes whole", async () => {
    const sizes = Array.from({ length: 8 }, (_, i) => (40 + i) * 1_000_000);
    const rig = await rigs.of(`
      export const parts = Object.fromEntries(${JSON.stringify(sizes)}.map((size) => [
        "p" + size,
        task(sh\`head -c \${size} /dev/zero > \${out("parts/" + size)}\`),
      ]));
      export const sums = task(sh\`cksum \${Object.values(parts)} | cut -d' ' -f1-2 > \${out("sums")}\`);
    `);
    const ran = await rig.start(["run", ...flags()], { env: TOKEN }).ended;
    expect([ran.code, ran.stderr]).toEqual([0, ""]);
    const sums = sizes.map((size) => execFileSync("cksum", { input: Buffer.alloc(size), encoding: "utf8" }));
    expect(rig.read("sums")).toBe(sums.join(""));
    expect(readdirSync(rig.path(".inc/tmp"))).toEqual([]);
  });

  test.each(["sent", "fetched"])("an interrupt is heard while a large file is %s", async (moves) => {
    const rig = await rigs.of(
      moves === "sent"
        ? `export const one = task(sh\`cksum < \${file("large")} > \${out("one")}\`);`
        : `export const one = task(sh\`head -c ${GIB} /dev/zero > \${out("one")}\`);`,
    );
    if (moves === "sent") {
      rig.write("large", "");
      truncateSync(rig.path("large"), 2 * GIB);
    }
    const running = rig.start(["run", ...flags()], { env: TOKEN });
    const isMoving = (): boolean =>
      moves === "sent"
        ? ray.cluster.pids("ray::Store.add").length > 0
        : existsSync(rig.path(".inc/tmp")) &&
          readdirSync(rig.path(".inc/tmp")).some((name) => name.endsWith(".fetched"));
    await until(isMoving, `what is ${moves}`);
    const begun = performance.now();
    running.child.kill("SIGINT");
    const { code } = await running.ended;
    expect(code).toBe(130);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(rig.exists("one")).toBe(false);
    expect(await rig.results("--dry")).toEqual(["one: would-run"]);
    await ray.cluster.untilNone("from driver.main");
    expect(readdirSync(rig.path(".inc/tmp"))).toEqual([]);
    await ray.cluster.untilCleared();
  });

  test("a wrong token, or none, is said before anything runs", async () => {
    const rig = await rigs.of(`export const one = task(sh\`echo 1 > \${out("one")}\`);`);
    for (const token of [{ ...TOKEN, RAY_AUTH_TOKEN: "b".repeat(64) }, {}]) {
      const wrong = await rig.start(["run", ...flags()], { env: token }).ended;
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("error INC1071: ")]);
      expect(wrong.stderr).toContain("help: a cluster that wants a token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN");
      expect(rig.exists("one")).toBe(false);
    }
    const right = await rig.start(["run", ...flags()], { env: TOKEN }).ended;
    expect([right.code, rig.read("one")]).toEqual([0, "1\n"]);
  });
});

describeOnRay("what does not answer on a Ray cluster", { env: SOON }, (ray) => {
  const { flags, rigs } = ray;

  test("a node that is cut off is lost: what ran there runs elsewhere, what it held is sent again", async () => {
    const rig = await rigs.of(`
      const away = { resources: { away: 1 } };
      export const large = task(sh\`head -c 3000000 /dev/zero > \${out("large")}; node \${file(".gate.mjs")} held\`, away);
      export const sum = task(sh\`echo begun; node \${file(".gate.mjs")} runs; cksum < \${large} > \${out("sum")}\`, away);
      export default config({ resources: { away: 4 } });
    `);
    const running = rig.start(["run", ...flags(), "--output-logs", "stream"], { env: SOON });
    (await rig.waitFor("held")).release();
    const first = await rig.waitFor("runs");
    const node = /sum @ (beta|gamma) \|/.exec(await running.line("sum @"))?.[1] as NodeName;
    ray.cluster.cut(node);
    // The one that is cut off goes on, and nothing of it counts.
    (await rig.waitFor("runs")).release();
    const { code } = await running.ended;
    first.release();
    expect([code, rig.read("sum").length > 0]).toEqual([0, true]);
    await ray.cluster.untilNone(".gate.mjs runs");
  });

  test("a lost head ends the run with a message, and nothing runs on", async () => {
    const rig = await rigs.of(
      `export const held = task(sh\`echo half > \${out("made.txt")}; node \${file(".gate.mjs")} lost\`);`,
    );
    const running = rig.start(["run", ...flags()], { env: SOON });
    const held = await rig.waitFor("lost");
    ray.cluster.killHead();
    const { code, stdout, stderr } = await running.ended;
    expect([code, rig.exists("made.txt")]).toEqual([1, false]);
    expect(stdout + stderr).toContain("INC4351");
    await ray.cluster.untilNone(".gate.mjs lost");
    held.release();
    expect(await rig.results("--dry")).toEqual(["held: would-run"]);
    await ray.cluster.untilCleared();
  });
});
