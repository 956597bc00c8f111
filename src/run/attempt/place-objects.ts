import { dirname } from "node:path";
import { type InputOf, readsOf } from "../../graph/reads.ts";
import { makeOwnDirectory } from "../../host/files/own-files.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Version } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { pathOfObject } from "../decide/pinned-objects.ts";
import type { Session } from "../session/session.ts";

/** Puts the pinned versions of published objects where a task's command looks for them. The lease is held. */
export function placeObjects(session: Session, task: Task): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const input of readsOf(task).objects) {
    const version = session.objects.version(input.name);
    if (version === undefined) continue;
    const { identity } = version;
    const path = pathOfObject(session.workspace, input.name);
    session.workspace.index.forget(path);
    if (sameIdentity(session.artifacts.identify(path), identity)) continue;
    makeOwnDirectory(dirname(session.workspace.absolute(path)));
    if (!session.artifacts.restore({ path, identity })) problems.push(lost(task, input, version));
    else if (identity.type === "file") {
      const { tree, path: place } = session.workspace.place(path);
      tree.chmod(place, identity.executable ? 0o500 : 0o400);
    }
    session.artifacts.identify(path);
  }
  return problems;
}

function lost(task: Task, input: InputOf<"object">, { n }: Version): Diagnostic {
  return {
    code: "INC4210",
    severity: "error",
    message: `task "${task.id}" reads ${input.name}@${n}, whose bytes are no longer in the store`,
    location: input.location,
    help: [`publish them again: inc put ${input.name} FILE`],
  };
}
