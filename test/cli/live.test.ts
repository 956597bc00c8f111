import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

const HAS_SCRIPT = spawnSync("script", ["--version"]).status === 0;
if (!HAS_SCRIPT) console.log("skipped: the live view needs script(1) of util-linux for a terminal of its own");

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test.skipIf(!HAS_SCRIPT)(
  "on a terminal what runs is drawn; Ctrl-C ends it, gives the cursor back and exits 130",
  async () => {
    rig.manifest(`export const t = task(sh\`${rig.held("t")}\`);`);
    const command = `trap : INT; "${process.execPath}" "${rig.cli}" run; echo "exit=$?"`;
    const child = spawn("script", ["-qfc", command, "/dev/null"], {
      cwd: rig.root,
      env: { PATH: process.env["PATH"], HOME: rig.root, TERM: "xterm" },
      stdio: "pipe",
    });
    let screen = "";
    const drawn = new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk: Buffer) => {
        screen += chunk.toString();
        if (screen.includes("0/1")) resolve();
      });
    });
    const held = await rig.waitFor("t");
    await drawn;
    child.stdin.write("\u0003");
    await held.gone;
    await once(child, "close");
    expect(screen).toContain("exit=130");
    expect(screen.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.lastIndexOf("\u001b[?25l"));
  },
);
