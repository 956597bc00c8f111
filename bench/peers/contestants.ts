import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contestant } from "../timing/rounds.ts";
import { timed } from "../timing/timed.ts";
import type { Scenario } from "../work/scenarios.ts";
import type { BuildOptions, Site } from "../work/site.ts";
import { INC, onPath, ROOT } from "./tools.ts";

/** The start of the Node that runs inc, which inc cannot undercut. */
export const BARE_NODE: Contestant = command("node", [process.execPath, "-e", "0"]);

/** A command that needs no pipeline. */
export function incCommand(args: readonly string[]): Contestant {
  const [node, cli] = INC.command;
  return command("inc", [node, cli as string, ...args]);
}

/** The name of what hashes a file. */
export const HASHED_BY = onPath("b3sum") === undefined ? "b3sum" : "@napi-rs/blake-hash in a Node of its own";

/** What any tool has to do that hashes 1 GiB and copies it: on the files that make made. */
export function floors(made: Site): readonly Contestant[] {
  const copy = (): string => join(made.root, "build/2.txt");
  const cwd = (): string => made.root;
  const hash =
    HASHED_BY === "b3sum"
      ? (["b3sum"] as const)
      : ([process.execPath, join(ROOT, "bench/peers/hash-file.ts")] as const);
  return [
    command("hash", [...hash, "build/0.txt"], cwd),
    {
      ...command("cp", ["cp", "build/0.txt", "build/2.txt"], cwd),
      change: async () => rmSync(copy(), { force: true }),
    },
  ];
}

function command(name: string, words: readonly [string, ...string[]], cwd = tmpdir): Contestant {
  return { name, turn: () => timed({ command: words, cwd: cwd() }) };
}

export function contestantOf(site: Site, scenario: Scenario, options: BuildOptions): Contestant {
  return { name: site.tool.name, change: () => scenario.change(site), turn: () => site.build(options) };
}

/** Has the system write everything to the disk before each turn, so that no turn waits for what the one before wrote. */
export function fromQuietDisk({ name, change, turn }: Contestant): Contestant {
  const quiet = async (): Promise<void> => {
    await change?.();
    spawnSync("sync");
  };
  return { name, change: quiet, turn };
}
