import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { asRoot, NOBODY } from "../../support/users.ts";
import { until } from "./cluster.ts";

const AS_NOBODY = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups"];
/** One in the home of root is none for other users. */
const PYTHON = ["python3", "/usr/bin/python3"].find(
  (python) =>
    spawnSync("setpriv", [...AS_NOBODY, python, "-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status === 0,
);
if (PYTHON === undefined) console.log("skipped: the supervisor of a Ray worker: no other user has Python 3.10 here");

const SUPERVISOR = new URL("../../../src/execute/ray/driver/supervisor.py", import.meta.url);

/** A worker that starts its supervisor as `attempt.py` does, and is gone after it has said where its files are. */
const WORKER = `
import os, socket, subprocess, sys
source = sys.stdin.read()
scratch, outside = sys.argv[1:]
os.makedirs(scratch + "/work/closed/inner")
os.makedirs(scratch + "/work/fixed/inner")
for path in ("work/file", "work/closed/inner/file", "work/fixed/inner/file"):
    open(os.path.join(scratch, path), "w").close()
os.symlink(outside, scratch + "/work/fixed/link")
for path, mode in (("closed/inner", 0o000), ("closed", 0o000), ("fixed/inner", 0o555), ("fixed", 0o555), ("", 0o555)):
    os.chmod(os.path.join(scratch, "work", path), mode)
here, there = socket.socketpair()
args = [sys.executable, "-I", "-S", "-", str(there.fileno()), "inc-supervisor"]
subprocess.run(args, input=source.encode(), pass_fds=[there.fileno()], check=True)
program = {"__name__": "supervisor"}
exec(source, program)
program["send"](here, {"scratch": scratch})
`;

describe.skipIf(PYTHON === undefined)("the supervisor of a Ray worker", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "inc-supervisor-"));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  asRoot(
    "removes what a killed worker leaves, read-only and closed directories as well, and nothing beside it",
    async () => {
      chownSync(directory, NOBODY, NOBODY);
      const [scratch, outside] = [join(directory, "inc-1"), join(directory, "outside")];
      writeFileSync(outside, "");
      chownSync(outside, NOBODY, NOBODY);
      chmodSync(outside, 0o440);
      const worker = spawnSync("setpriv", [...AS_NOBODY, PYTHON ?? "", "-I", "-c", WORKER, scratch, outside], {
        input: readFileSync(SUPERVISOR),
        encoding: "utf8",
      });
      expect([worker.status, worker.stderr]).toEqual([0, ""]);
      await until(() => !existsSync(scratch), "the removal of what the worker left");
      expect(statSync(outside).mode & 0o777).toBe(0o440);
    },
  );
});
