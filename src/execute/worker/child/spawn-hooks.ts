import { syncBuiltinESMExports } from "node:module";

type Call = (...args: unknown[]) => unknown;

/** The calls of node:child_process that wait for the end of what they start; all others go through `ChildProcess`. */
const WAITING = ["spawnSync", "execSync", "execFileSync"] as const;

/** From here on `onSpawn` is called when code of this process starts another one. */
export function hookSpawns(onSpawn: () => void): void {
  const module = process.getBuiltinModule("node:child_process") as unknown as Record<string, Call> & {
    ChildProcess: { prototype: { spawn: Call } };
  };
  const reporting = (real: Call): Call =>
    function spawn(this: unknown, ...args) {
      onSpawn();
      return real.apply(this, args);
    };
  for (const name of WAITING) module[name] = reporting(module[name] as Call);
  const { prototype } = module.ChildProcess;
  prototype.spawn = reporting(prototype.spawn);
  syncBuiltinESMExports();
}
