// Preloaded into a process that is to die: kills it right before the file operation with the number KILL_AT, counted over
// those that change a name, a mode or a content, so that every state a crash can leave on the disk is reached by some number.
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
