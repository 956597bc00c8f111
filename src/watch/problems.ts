import type { Diagnostic } from "../model/diagnostic.ts";

/** The manifest that watch runs was deleted. */
export function absent(manifest: string): Diagnostic {
  return {
    code: "INC1002",
    severity: "error",
    message: `the manifest "${manifest}" was deleted`,
    help: ["watch continues when the file is back"],
  };
}

/**
 * Another run made different results of the same inputs, and watch has restored its own.
 * @param run The command line of that run.
 */
export function putBack(run: readonly string[], tasks: readonly string[]): Diagnostic {
  const [first, ...more] = tasks;
  return {
    code: "INC4403",
    severity: "warning",
    message: `"${run.join(" ")}" made different results of "${first}"${more.length > 0 ? ` and ${more.length} more` : ""}, and watch has restored its own`,
    notes: [{ message: "that run had a different environment, parameters or options than this watch" }],
    help: ["stop watch before such a run, or start watch with the same variables, --param and tasks"],
  };
}

/** The system's limit of watches is reached. @param code EMFILE or ENOSPC. */
export function polling(code: string): Diagnostic {
  const [limit, sysctl] =
    code === "EMFILE"
      ? ["instances of inotify", "fs.inotify.max_user_instances=1024"]
      : ["watched directories", "fs.inotify.max_user_watches=1048576"];
  return {
    code: "INC4401",
    severity: "warning",
    message: `the system allows no more ${limit} (${code}), so watch checks every file twice a second instead`,
    help: [`raise the limit, then start watch again: sudo sysctl ${sysctl}`],
  };
}
