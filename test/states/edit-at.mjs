// Preloaded into inc: makes edits right before file operations of its own process, so that an edit falls between any two of them.
// EDIT_AT is JSON: { log, edits: [[at, command, …args], …] }. `at`: the number of an operation, or the absolute path of which the first
// lstat is awaited. Into `log` go the edits that were made, one a line, and when the process ends how many operations there were.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";

const { EDIT_AT } = process.env;
// What inc starts has no edits of its own.
delete process.env.EDIT_AT;
delete process.env.NODE_OPTIONS;

const OPERATIONS = [
  "closeSync",
  "fstatSync",
  "linkSync",
  "lstatSync",
  "mkdirSync",
  "openSync",
  "readFileSync",
  "readSync",
  "readdirSync",
  "readlinkSync",
  "renameSync",
  "rmSync",
  "rmdirSync",
  "statSync",
  "symlinkSync",
  "unlinkSync",
  "writeFileSync",
  "writeSync",
];
const real = { ...fs };
const commands = {
  /** Puts a file with this text in the place of what is there. */
  write(path, text) {
    real.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    real.writeFileSync(`${path}.edit-at`, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
    real.renameSync(`${path}.edit-at`, path);
  },
  /** Writes into the file that is there, without changing its size or its time of writing. */
  poke(path, text) {
    const { atime, mtime } = real.statSync(path);
    const file = real.openSync(path, "r+");
    real.writeSync(file, text, 0);
    real.closeSync(file);
    real.utimesSync(path, atime, mtime);
  },
  link(path, target) {
    real.symlinkSync(target, `${path}.edit-at`);
    real.renameSync(`${path}.edit-at`, path);
  },
  remove: (path) => real.rmSync(path, { recursive: true, force: true }),
  /** Only empty directories may be in its place. */
  rename(from, to) {
    real.rmSync(to, { recursive: true, force: true });
    real.renameSync(from, to);
  },
  mkdir: (path) => real.mkdirSync(path, { recursive: true }),
};

if (EDIT_AT !== undefined) {
  const { log, edits } = JSON.parse(EDIT_AT);
  let done = 0;
  // Node's own functions call one another by these names.
  let isInside = false;
  for (const name of OPERATIONS)
    fs[name] = Object.assign((...args) => {
      if (isInside) return real[name](...args);
      done += 1;
      isInside = true;
      try {
        const looked = name === "lstatSync" ? resolve(args[0]) : undefined;
        while (edits.length > 0 && (edits[0][0] <= done || edits[0][0] === looked)) {
          const [, command, ...rest] = edits.shift();
          commands[command](...rest);
          real.appendFileSync(log, `${done} ${command}\n`);
        }
        return real[name](...args);
      } finally {
        isInside = false;
      }
    }, real[name]);
  process.on("exit", () => real.appendFileSync(log, `ended ${done}\n`));
  syncBuiltinESMExports();
}
