import { behindLink, symlinkedComponent } from "../../execute/outputs.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Artifact } from "../../model/entry.ts";
import type { Output, Task } from "../../model/graph.ts";
import { sameIdentity } from "../../model/identity.ts";
import { pathName } from "../../model/object-name.ts";
import { versionOf } from "../../workspace/artifacts.ts";
import type { Session } from "../session/session.ts";

/**
 * Before outputs of a task are replaced: bytes there that inc did not write are kept as versions with the cause
 * `edited`, and committed at once. When they cannot be kept, they must not be replaced: the diagnostics say so.
 */
export function keepEdits(session: Session, task: Task, paths?: ReadonlySet<string>): readonly Diagnostic[] {
  const replaced = task.outputs.filter(({ path }) => paths?.has(path) !== false);
  const problems = [...refusals(session, task, paths)];
  if (problems.length > 0) return problems;
  const edits: Artifact[] = [];
  for (const output of replaced) {
    const owned = session.ledger.get(output.path);
    const now = session.artifacts.identify(output.path);
    if (now === undefined || sameIdentity(now, owned?.identity)) continue;
    if (owned === undefined && now.type === "directory") continue;
    const artifact = session.artifacts.inspect(output);
    if (artifact !== undefined && session.artifacts.take(artifact, true)) edits.push(artifact);
    else problems.push(unkept(task, output));
  }
  if (problems.length > 0 || edits.length === 0) return problems;
  const time = Date.now();
  session.commits.add({
    versions: edits.map((artifact) => ({
      ...versionOf(artifact),
      cause: "edited",
      run: session.run,
      time,
    })),
  });
  session.commits.flush();
  for (const { path } of edits) session.emit({ kind: "diagnostic", diagnostic: keptEdit(session, task, path) });
  return [];
}

/** Why outputs cannot be replaced, whatever may be kept of what stands there. Changes nothing. */
export function refusals(session: Session, task: Task, paths?: ReadonlySet<string>): readonly Diagnostic[] {
  const replaced = task.outputs.filter(({ path }) => paths?.has(path) !== false);
  const links = replaced.flatMap(({ path }) => {
    const link = symlinkedComponent(session.workspace.root, path);
    return link === undefined ? [] : [behindLink(task, path, link)];
  });
  if (links.length > 0) return links;
  const isUnowned = ({ path }: Output): boolean =>
    session.ledger.get(path) === undefined &&
    session.artifacts.identify(path)?.type === "directory" &&
    !isEmptyDirectory(session, path);
  return replaced.filter(isUnowned).map((output) => unownedDirectory(task, output));
}

function keptEdit(session: Session, task: Task, path: string): Diagnostic {
  const name = pathName(path);
  const version = `${name}@${session.store.history.count(name)}`;
  return {
    code: "INC4211",
    severity: "warning",
    message: `"${path}", which task "${task.id}" makes, held something that inc did not write`,
    notes: [{ message: `it was kept as ${version} before it was replaced` }],
    help: [`to have it back: inc get ${version} -o FILE`],
  };
}

function isEmptyDirectory(session: Session, path: string): boolean {
  return session.workspace.files.readDirectory(session.workspace.absolute(path))?.length === 0;
}

function unownedDirectory(task: Task, output: Output): Diagnostic {
  return {
    code: "INC4204",
    severity: "error",
    message: `task "${task.id}" is to make the directory "${output.path}", which holds files that inc did not write`,
    location: output.location,
    notes: [{ message: "an output directory is emptied before its task runs" }],
    help: ["name a directory of its own, or move what is in it elsewhere"],
  };
}

function unkept(task: Task, output: Output): Diagnostic {
  return {
    code: "INC4207",
    severity: "error",
    message: `"${output.path}" was changed by someone, and its bytes cannot be kept: it is not replaced`,
    location: output.location,
    help: [`move it away, then run task "${task.id}" again`],
  };
}
