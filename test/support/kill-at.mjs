// Preloaded into a process: kills it right before the file operation with the number KILL_AT, counted over
// operations that change a name, a mode or a content, so that some number reaches every state a crash can leave on disk.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const at = Number(process.env.KILL_AT);
let done = 0;
for (const name of [
  "renameSync",
  "rmSync",
  "unlinkSync",
  "rmdirSync",
  "mkdirSync",
  "symlinkSync",
  "linkSync",
  "truncateSync",
  "chmodSync",
  "copyFileSync",
  "writeFileSync",
  "writeSync",
]) {
  const real = fs[name];
  fs[name] = (...args) => {
    done += 1;
    if (done === at) process.kill(process.pid, "SIGKILL");
    return real(...args);
  };
}
syncBuiltinESMExports();
