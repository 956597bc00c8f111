import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../../support/rig.ts";

const HAS_SCRIPT = spawnSync("script", ["--version"]).status === 0;
if (!HAS_SCRIPT) console.log("skipped: the live view needs script(1) of util-linux for a terminal of its own");

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test.skipIf(!HAS_SCRIPT)(
  "on a terminal inc draws the running tasks; Ctrl-C ends them, shows the cursor again and exits 130",
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

const HAS_TMUX = spawnSync("tmux", ["-V"]).status === 0;
if (!HAS_TMUX) console.log("skipped: what a narrower terminal does to the live view needs tmux");

test.skipIf(!HAS_TMUX)(
  "on a terminal that becomes narrower the live view stays one block, with the last line of each running task",
  async () => {
    const names = ["eu", "us"].map((region) => `convert_a_rather_long_name_of_${region}`);
    rig.manifest(
      names
        .map((name) => `export const ${name} = task(sh\`echo "at ${name.slice(-2)}"; ${rig.held(name)}\`);`)
        .join("\n"),
    );
    const tmux = (...args: string[]): string =>
      spawnSync("tmux", ["-L", `inc-${process.pid}`, "-f", "/dev/null", ...args], {
        cwd: rig.root,
        env: { PATH: process.env["PATH"], HOME: rig.root, TERM: "xterm", LC_ALL: "C.UTF-8" },
        encoding: "utf8",
      }).stdout;
    const shown = (...more: string[]): string => tmux("capture-pane", "-p", "-t", "live", ...more);
    try {
      const command = `"${process.execPath}" "${rig.cli}" run -j 2`;
      tmux("new-session", "-d", "-s", "live", "-x", "100", "-y", "12", command);
      const held = await Promise.all(names.map((name) => rig.waitFor(name)));
      while (!/_eu {2}\S+ {2}at eu/.test(shown()) || !/_us {2}\S+ {2}at us/.test(shown()));
      // Repainting leaves nothing in the history.
      expect(shown("-S", "-").match(/0\/2/g)).toHaveLength(1);
      tmux("resize-window", "-t", "live", "-x", "28", "-y", "12");
      // The block is drawn for that width: names are cut near their middles.
      while (!/….*_eu/.test(shown()) || !/….*_us/.test(shown()));
      expect(shown().match(/0\/2/g)).toHaveLength(1);
      expect(shown().match(/conv/g)).toHaveLength(2);
      for (const one of held) one.release();
    } finally {
      tmux("kill-server");
    }
  },
);
