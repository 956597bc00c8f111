import { spawnSync } from "node:child_process";

/** How a tool ended that was asked something. */
export interface AskedTool {
  /** Undefined: it could not be started, or a signal ended it. */
  readonly exit: number | undefined;
  readonly stdout: string;
  /** What it said on stderr, or why it could not be started. */
  readonly words: string;
}

/** What a tool gets. */
export interface ToolInput {
  readonly cwd: string;
  /** All the variables that it sees. */
  readonly env: NodeJS.ProcessEnv;
  /** For its stdin. */
  readonly input: string;
}

/** Runs a tool to its end, while this process waits. */
export function askTool(file: string, args: readonly string[], given: ToolInput): AskedTool {
  const { status, stdout, stderr, error } = spawnSync(file, args, { ...given, encoding: "utf8", maxBuffer: 1 << 30 });
  return { exit: status ?? undefined, stdout: stdout ?? "", words: error?.message ?? stderr };
}
