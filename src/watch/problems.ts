import type { Diagnostic } from "../model/diagnostic.ts";

/** The manifest of a watch was deleted. */
export function absent(manifest: string): Diagnostic {
  return {
    code: "INC1002",
    severity: "error",
    message: `the manifest "${manifest}" is gone`,
    help: ["watch goes on when it is back"],
  };
}

/**
 * A run beside watch made something else of the same inputs, and what watch makes stands there again.
 * @param run Its command line.
 */
export function putBack(run: readonly string[], tasks: readonly string[]): Diagnostic {
  const [first, ...more] = tasks;
  return {
    code: "INC4403",
    severity: "warning",
    message: `"${run.join(" ")}" made other results of "${first}"${more.length > 0 ? ` and ${more.length} more` : ""}, and watch has put its own back`,
    notes: [{ message: "that run had another environment, other parameters or other options than this watch" }],
    help: ["stop watch for such a run, or start watch in the same way: with the same variables, --param and tasks"],
  };
}

/** @param code The system's: EMFILE or ENOSPC. */
export function polling(code: string): Diagnostic {
  const [limit, sysctl] =
    code === "EMFILE"
      ? ["instances of inotify", "fs.inotify.max_user_instances=1024"]
      : ["directories to be watched", "fs.inotify.max_user_watches=1048576"];
  return {
    code: "INC4401",
    severity: "warning",
    message: `the system allows no more ${limit} (${code}), so every file is looked at twice a second instead`,
    help: [`allow more, then start watch again: sudo sysctl ${sysctl}`],
  };
}
