import type { Loaded } from "../access/pipeline.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Owned } from "../model/entry.ts";
import type { Output, Task } from "../model/graph.ts";
import { overlap } from "../model/path.ts";

/**
 * Outputs of the selected tasks that a task of another manifest in the workspace has made: each run would replace the
 * result of the other one. Outputs of a manifest that no longer exists are taken over.
 */
export function contestedOutputs({ workspace, ledger, graph, tasks }: Loaded): readonly Diagnostic[] {
  const exists = new Map<string, boolean>();
  const isThere = (manifest: string): boolean => {
    const known = exists.get(manifest) ?? workspace.files.stat(workspace.absolute(manifest)) !== undefined;
    exists.set(manifest, known);
    return known;
  };
  const others = ledger.ofOthers(graph.manifest).filter(({ manifest }) => isThere(manifest));
  if (others.length === 0) return [];
  return tasks.flatMap((task) =>
    task.outputs.flatMap((output) => {
      const other = others.find(({ path }) => overlap(path, output.path));
      return other === undefined ? [] : [contested(graph.manifest, task, output, other)];
    }),
  );
}

function contested(manifest: string, task: Task, output: Output, other: Owned): Diagnostic {
  const what = other.path === output.path ? "" : ` ("${other.path}")`;
  return {
    code: "INC2530",
    severity: "error",
    message: `"${output.path}" is made by two manifests: by task "${task.id}" of "${manifest}" and by task "${other.task}" of "${other.manifest}"${what}`,
    location: output.location,
    notes: [{ message: "each run would replace the output of the other" }],
    help: [
      "give each a path of its own",
      `when "${other.manifest}" no longer makes it, let it go first: inc run ${other.manifest}`,
    ],
  };
}
