import type { Artifact } from "../entry.ts";
import type { Output } from "../graph.ts";

/** True when artifacts are what a task declares: one for each output, at its path, and a file or a directory as it says. */
export function areDeclared(artifacts: readonly Artifact[], outputs: readonly Output[]): boolean {
  return artifacts.length === outputs.length && artifacts.every((artifact, i) => isDeclared(artifact, outputs[i]));
}

/** What a symlink leads to was looked at when the output was made. */
function isDeclared({ path, identity }: Artifact, output: Output | undefined): boolean {
  return path === output?.path && (identity.type === output.type || identity.type === "symlink");
}
