import { CodeTexts } from "../../../access/code-texts.ts";
import type { Digest } from "../../../model/digest.ts";
import type { Task } from "../../../model/graph.ts";
import type { CodePart } from "../../../model/task/code-table.ts";
import type { Session } from "../../session/session.ts";

/** The texts of a function's code that the store does not have, by the digests of its parts: `inc why` shows them once they have changed. */
export function newCode(session: Session, { action }: Task): readonly (readonly [Digest, string])[] {
  if (action.kind !== "function" || session.codeKept.has(action.code.reach)) return [];
  const { cached, codeKept, graph, store, workspace } = session;
  codeKept.add(action.code.reach);
  const texts = new CodeTexts(workspace, cached);
  return (graph.code?.reaches[action.code.reach]?.parts ?? []).flatMap(([index]) => {
    const part = graph.code?.parts[index] as CodePart;
    const text = store.history.code(part.digest) === undefined ? texts.of(part) : undefined;
    return text === undefined ? [] : [[part.digest, text] as const];
  });
}
