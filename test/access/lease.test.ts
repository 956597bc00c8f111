import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

const isRoot = process.getuid?.() === 0;
if (!isRoot || process.platform !== "linux")
  console.log("lease: other namespaces are left out, unshare needs root on Linux");

/** A workspace in the rig whose socket's path is longer than the kernel takes. */
const DEEP = `${"a-long-name/".repeat(12)}workspace`;

/** A run that is held, in the workspace at that path. */
async function holding(cwd: string) {
  const made = await Rig.create();
  rig = made;
  made.write(`${cwd}/package.json`, `{ "type": "module" }\n`);
  const command = `node ${made.path(".gate.mjs")} held`;
  made.write(`${cwd}/pipeline.ts`, `import { sh, task } from "inc-run";\nexport const a = task(sh\`${command}\`);\n`);
  const first = made.start(["run"], { cwd });
  const held = await made.waitFor("held");
  return { rig: made, first, held };
}

describe.each([
  ["a short path", "workspace"],
  ["a long path", DEEP],
])("the lease of a workspace with %s", (_length, cwd) => {
  it("is not taken from a living holder, and a waiting run notices when it is free", async () => {
    const { rig, first, held } = await holding(cwd);
    const second = await rig.start(["run", "-f", "--lock-wait", "0"], { cwd }).ended;
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`another run holds this workspace: "inc run" (pid ${first.child.pid}`);
    const third = rig.start(["run"], { cwd });
    await third.printed(`waiting for process ${first.child.pid}`);
    held.release();
    expect((await first.ended).code).toBe(0);
    expect(await third.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("fresh 1") as string });
    expect(readdirSync(rig.path(`${cwd}/.inc`)).filter((name) => name.endsWith(".sock"))).toEqual([]);
  });

  it("is taken over when its holder was killed", async () => {
    const { rig, first } = await holding(cwd);
    const second = rig.start(["run"], { cwd });
    await second.printed(`waiting for process ${first.child.pid}`);
    rig.open("held");
    first.child.kill("SIGKILL");
    expect((await second.ended).code).toBe(0);
    expect(readdirSync(rig.path(`${cwd}/.inc`)).filter((name) => name.endsWith(".sock"))).toEqual([]);
  });

  it("accepts a waiting time of more than 25 days", async () => {
    const { rig, first, held } = await holding(cwd);
    const second = rig.start(["run", "--lock-wait", "30d"], { cwd });
    await second.printed(`waiting for process ${first.child.pid}`);
    held.release();
    expect((await second.ended).code).toBe(0);
  });

  it.skipIf(!isRoot || process.platform !== "linux")(
    "is not taken by another container, which sees the workspace at another path (needs root)",
    async () => {
      const { rig, held, first } = await holding(cwd);
      // A container, as far as the lease can tell: other process ids, host name, mounts and temporary folder.
      const other = rig.path("elsewhere");
      mkdirSync(other);
      const script = [
        "hostname another",
        `mount --bind ${rig.path(cwd)} ${other}`,
        "mount -t tmpfs none /var/tmp",
        `cd ${other}`,
        `exec ${process.execPath} ${rig.cli} run -f --lock-wait 0`,
      ].join(" && ");
      const env = { PATH: process.env["PATH"], HOME: rig.root, TMPDIR: "/var/tmp" };
      const run = spawnSync("unshare", ["--pid", "--fork", "--mount", "--mount-proc", "--uts", "sh", "-c", script], {
        env,
        encoding: "utf8",
      });
      expect(run.stderr).toContain("another run holds this workspace");
      expect(run.status).toBe(2);
      held.release();
      expect((await first.ended).code).toBe(0);
    },
  );
});

it("a run takes over a lease whose holder and socket are gone", async () => {
  const { rig, first } = await holding("workspace");
  first.child.kill("SIGKILL");
  await first.ended;
  for (const name of readdirSync(rig.path("workspace/.inc")))
    if (name.endsWith(".sock")) rmSync(rig.path(`workspace/.inc/${name}`));
  rig.open("held");
  expect((await rig.start(["run"], { cwd: "workspace" }).ended).code).toBe(0);
});

it("watch answers in a workspace with a long path, and leaves nothing in the temporary folder", async () => {
  const made = await Rig.create();
  rig = made;
  made.write(`${DEEP}/package.json`, `{ "type": "module" }\n`);
  made.write(`${DEEP}/pipeline.ts`, `import { sh, task } from "inc-run";\nexport const a = task(sh\`true\`);\n`);
  made.write("tmp/kept", "");
  const env = { TMPDIR: made.path("tmp") };
  const watch = made.start(["watch"], { cwd: DEEP, env });
  await watch.printed("watching");
  expect((await made.start(["run"], { cwd: DEEP, env }).ended).stdout).toContain("fresh 1");
  expect(readdirSync(made.path("tmp"))).toEqual(["kept"]);
  watch.child.kill("SIGINT");
  expect((await watch.ended).code).toBe(130);
});
