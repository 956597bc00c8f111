import type { TaskDeclaration } from "./declaration.ts";
import { session } from "./session.ts";

/** What holds of a task where its declaration says nothing else. */
const DEFAULTS = {
  kind: "task",
  outputs: [],
  env: {},
  after: [],
  mutates: [],
  rerun: "on-change",
  resources: {},
  retries: 0,
} as const;

/** What a task declares at least. */
type Declared = Pick<TaskDeclaration, "action" | "inputs" | "location"> & Partial<TaskDeclaration>;

/** Declares a task or a service: the graph is built of all that were declared while the manifest was evaluated. */
export function declareTask(declared: Declared): TaskDeclaration {
  const declaration: TaskDeclaration = { ...DEFAULTS, ...declared };
  session().made.push(declaration);
  return declaration;
}
