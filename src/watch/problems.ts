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
