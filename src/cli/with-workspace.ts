import { findWorkspace } from "../access/store.ts";
import { withWorkspace } from "../access/workspace.ts";
import { phase } from "../host/phases.ts";
import type { Result } from "../model/result.ts";
import type { Open } from "../workspace/open-workspace.ts";
import { commandLine } from "./command-line.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { announce } from "./with-pipeline.ts";

/** Opens the current workspace without its manifest, with the lease unless `lock` is false. Returns the exit code. */
export async function withLocked(
  lock: boolean,
  use: (open: Open, command: string) => Promise<Result<number>>,
): Promise<number> {
  const workspace = findWorkspace(process.cwd());
  if (!workspace.ok) return printDiagnostics(workspace.diagnostics);
  const options = {
    command: commandLine(),
    lockWait: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    emit: announce,
  };
  const result = await withWorkspace(workspace.value, lock ? options : undefined, (open) =>
    phase(
      "store",
      "read",
      () => use(open, options.command),
      () => options.command,
    ),
  );
  if (result === "interrupted") return 130;
  return result.ok ? result.value : printDiagnostics(result.diagnostics);
}
