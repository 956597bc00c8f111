// Preloaded into a process: kills it right before the asynchronous file operation with the number KILL_AT_UPLOAD: such are those
// on a shared cache in a directory.
import fs from "node:fs/promises";

const at = Number(process.env.KILL_AT_UPLOAD);
let done = 0;

function counted(holder, name) {
  const real = holder[name];
  holder[name] = function (...args) {
    done += 1;
    if (done === at) process.kill(process.pid, "SIGKILL");
    return real.apply(this, args);
  };
}

for (const name of ["open", "mkdir", "link", "rename", "rm", "readdir"]) counted(fs, name);
const file = await fs.open("/dev/null", "r");
counted(Object.getPrototypeOf(file), "write");
await file.close();
done = 0;
