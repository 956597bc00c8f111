import { existsSync, readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Rig } from "../../support/rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** Command lines of the living processes that were started in a workspace's attempts. */
function living(rig: Rig): string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
        const home = environment.split("\0").includes(`HOME=${rig.root}`);
        return home && environment.includes("INC_ATTEMPT=")
          ? [readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim()]
          : [];
      } catch {
        return [];
      }
    });
}

describe.skipIf(!existsSync("/proc/self/environ"))("processes that a command leaves running (Linux only)", () => {
  it.each([
    ["success", "exit 0", 0],
    ["failure", "exit 3", 1],
  ])("a daemon that left its group is ended and named after a %s", async (_how, end, code) => {
    rig = await Rig.create(`export const a = task(sh\`setsid --fork sleep 600; ${end}\`);`);
    const outcome = await rig.run("run");
    expect(outcome.code).toBe(code);
    // The daemon is a fork of setsid until it executes sleep, which the command does not wait for.
    const named = /warning INC4309: task "a" left "(setsid --fork )?sleep 600" \(pid \d+\) running, and inc ended it/;
    expect(outcome.stdout).toMatch(named);
    expect(outcome.stdout).toContain("--> pipeline.ts:2:");
    expect(living(rig)).toEqual([]);
  });

  it("a daemon appends nothing to an output after its attempt", async () => {
    const daemon = `touch begun; sleep 600; echo two >> o.txt`;
    rig = await Rig.create(
      `export const a = task(sh\`echo one > \${out("o.txt")}; setsid --fork sh -c "${daemon}"; until [ -e begun ]; do :; done\`);`,
    );
    expect((await rig.run("run")).code).toBe(0);
    expect(living(rig)).toEqual([]);
    expect(rig.read("o.txt")).toBe("one\n");
    expect((await rig.run("run")).stdout).toContain("fresh 1");
  });

  it("a process without INC_ATTEMPT in its environment stays", async () => {
    rig = await Rig.create();
    rig.manifest(`export const a = task(sh\`env -u INC_ATTEMPT setsid --fork ${rig.held("stays")}\`);`);
    const outcome = await rig.run("run");
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    const held = await rig.waitFor("stays");
    held.release();
    await held.gone;
  });
});

describe("ending a command", () => {
  it("leaves the processes of a trap handler the whole grace period", async () => {
    rig = await Rig.create();
    const clean = `echo begun >> cleaned; ${rig.held("cleaning")}; sh -c "sleep 0.1; echo inner >> cleaned"; echo done >> cleaned`;
    rig.manifest(`export const a = task(sh\`trap '${clean}' EXIT; ${rig.held("work")}; exit 1\`);`);
    const run = rig.start(["run"]);
    await rig.waitFor("work");
    run.child.kill("SIGINT");
    const cleaning = await rig.waitFor("cleaning");
    cleaning.release();
    expect((await run.ended).code).toBe(130);
    expect(rig.read("cleaned")).toBe("begun\ninner\ndone\n");
  });

  it("signals each process once", async () => {
    rig = await Rig.create();
    rig.manifest(
      `export const a = task(sh\`trap 'echo term >> terms' TERM; ${rig.held("work")} & wait || true; ${rig.held("twice")}\`);`,
    );
    const run = rig.start(["run"]);
    await rig.waitFor("work");
    run.child.kill("SIGTERM");
    (await rig.waitFor("twice")).release();
    expect((await run.ended).code).toBe(130);
    expect(rig.read("terms")).toBe("term\n");
  });
});
