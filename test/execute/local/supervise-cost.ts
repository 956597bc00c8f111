// Prints how long 50 attempts take that do nothing, and 50 bare spawns, in milliseconds. A process of its own: what a spawn costs
// depends on how many files its process has open, and a worker of vitest has hundreds.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { supervise } from "../../../src/execute/local/supervise.ts";
import { spawnCommand } from "../../../src/host/process/process.ts";

const [directory = "."] = process.argv.slice(2);

/** Two at a time. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await Promise.all(
    [0, 1].map(async () => {
      for (let i = 0; i < 25; i += 1) await run();
    }),
  );
  return performance.now() - start;
}

let count = 0;
const attempt = (): Promise<unknown> => {
  count += 1;
  const id = `attempt-${process.pid}-${count}`;
  return supervise(
    {
      id,
      file: "/bin/true",
      args: [],
      cwd: directory,
      env: { INC_ATTEMPT: id },
      log: join(directory, `${id}.log`),
      signal: new AbortController().signal,
      shared: { leaders: new Set(), freeLogs: new Set() },
      onSpawn: () => {},
    },
    async (command) => spawnCommand(command),
  );
};

// In turns, and of each the fastest round: what else the machine does comes and goes.
let [bare, ours] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
for (let round = 0; round < 10; round += 1) {
  bare = Math.min(bare, await timed(() => once(spawn("/bin/true", [], { stdio: "ignore", env: {} }), "exit")));
  ours = Math.min(ours, await timed(attempt));
}
console.log(JSON.stringify({ bare, ours }));
