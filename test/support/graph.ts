import type { Task } from "../../src/model/graph.ts";

const NOWHERE = { file: "/w/pipeline.ts", line: 1, column: 1 };

/** A task of a hand-made graph: `reads` are ids of upstream tasks. */
export function taskOf(id: string, reads: readonly string[] = [], more: Partial<Task> = {}): Task {
  return {
    id,
    aliases: [],
    location: NOWHERE,
    action: { kind: "shell", parts: ["true"] },
    inputs: reads.map((task) => ({
      kind: "artifact",
      task,
      output: 0,
      path: `build/${task}`,
      type: "file",
      location: NOWHERE,
    })),
    outputs: [{ name: "", path: `build/${id}`, type: "file", location: NOWHERE }],
    depfiles: [],
    env: {},
    cwd: ".",
    after: [],
    rerun: "on-change",
    resources: {},
    retries: 0,
    mutates: [],
    ...more,
  };
}
