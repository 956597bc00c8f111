import { behindLink, symlinkedComponent } from "../../execute/outputs.ts";
import { canonicalListing, parseListing } from "../../files/listing.ts";
import { defined } from "../../model/defined.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Artifact } from "../../model/entry.ts";
import type { Output, Task } from "../../model/graph.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import { commitEdits } from "../../workspace/edits.ts";
import type { Session } from "../session/session.ts";
import { saidOfWriters, writersOf } from "../session/writers.ts";

/** What would be lost if outputs of a task were replaced. */
interface Assessed {
  readonly problems: readonly Diagnostic[];
  /** Outputs with bytes that inc did not write, to be preserved first. */
  readonly edits: readonly Output[];
}

/** Looks at outputs before they are replaced. Changes nothing. */
function assess(session: Session, task: Task, paths: ReadonlySet<string> | undefined): Assessed {
  const problems = refusals(session, task, paths);
  if (problems.length > 0) return { problems, edits: [] };
  const edits = task.outputs.filter(({ path }) => {
    if (paths?.has(path) === false) return false;
    const owned = session.ledger.get(path)?.identity;
    const now = session.artifacts.identify(path);
    if (now === undefined || sameIdentity(now, owned)) return false;
    if (owned === undefined && now.type === "directory") return !isEmptyDirectory(session, path);
    return !isOnlyLess(session, path, owned);
  });
  return { problems, edits };
}

/** True for a directory of inc's that has only lost entries or gained empty directories: no foreign bytes are in it. */
function isOnlyLess({ store, workspace }: Session, path: string, owned: Identity | undefined): boolean {
  const bytes = owned?.type === "directory" ? store.blobs.read(owned.digest) : undefined;
  const tree = bytes === undefined ? undefined : workspace.index.identifyTree(path);
  if (bytes === undefined || tree === undefined) return false;
  const known = new Set(parseListing(bytes).map((entry) => canonicalListing([entry]).toString()));
  return tree.listing.every((entry) => entry.type === "directory" || known.has(canonicalListing([entry]).toString()));
}

/** With --dry: reports the bytes that would be preserved before they are replaced. */
export function announceEdits(session: Session, task: Task, paths?: ReadonlySet<string>): void {
  for (const { path } of assess(session, task, paths).edits)
    session.emit({ kind: "diagnostic", diagnostic: wouldPreserve(session, task, path) });
}

/**
 * Before outputs of a task are replaced: preserves bytes that inc did not write as versions with the cause `edited`,
 * and commits them at once.
 * @returns Why outputs must not be replaced: bytes that cannot be preserved.
 */
export function preserveEdits(session: Session, task: Task, paths?: ReadonlySet<string>): readonly Diagnostic[] {
  const assessed = assess(session, task, paths);
  const problems = [...assessed.problems];
  const edits: Artifact[] = [];
  // Made before anything is moved: times of the files say which task wrote them.
  const warnings = new Map(assessed.edits.map(({ path }) => [path, edited(session, task, path)]));
  for (const output of assessed.edits) {
    const artifact = session.artifacts.inspect(output);
    if (artifact !== undefined && session.artifacts.take(artifact, true)) edits.push(artifact);
    else problems.push(notPreserved(task, output));
  }
  if (problems.length > 0 || edits.length === 0) return problems;
  session.commits.flush();
  for (const [i, { name, n }] of commitEdits(session.store, edits, session.run).entries()) {
    const warning = warnings.get(edits[i]?.path ?? "") as Diagnostic;
    session.emit({ kind: "diagnostic", diagnostic: preservedEdit(warning, `${name}@${n}`) });
  }
  return [];
}

/** Why outputs cannot be replaced, even if their bytes were preserved. Changes nothing. */
export function refusals(session: Session, task: Task, paths?: ReadonlySet<string>): readonly Diagnostic[] {
  const replaced = task.outputs.filter(({ path }) => paths?.has(path) !== false);
  const links = replaced.flatMap(({ path }) => {
    const link = symlinkedComponent(session.workspace.root, path);
    return link === undefined ? [] : [behindLink(task, path, link)];
  });
  if (links.length > 0) return links;
  const isUnowned = ({ path }: Output): boolean =>
    !session.options.adopt &&
    session.ledger.get(path) === undefined &&
    session.artifacts.identify(path)?.type === "directory" &&
    !isEmptyDirectory(session, path);
  return replaced.filter(isUnowned).map((output) => unownedDirectory(task, output));
}

function preservedEdit(diagnostic: Diagnostic, version: string): Diagnostic {
  return {
    ...noted(diagnostic, `it was preserved as ${version} before it was replaced`),
    help: [`to get it back: inc get ${version} -o FILE`],
  };
}

function wouldPreserve(session: Session, task: Task, path: string): Diagnostic {
  return noted(edited(session, task, path), "it would be preserved as a version before it is replaced");
}

function noted(diagnostic: Diagnostic, message: string): Diagnostic {
  return { ...diagnostic, notes: [...(diagnostic.notes ?? []), { message }] };
}

/** Names the task of this run that wrote there, if there is one. */
function edited(session: Session, task: Task, path: string): Diagnostic {
  const writers = writersOf(session, path, task.id);
  const writer = writers.length === 1 ? session.graph.tasks.find(({ id }) => id === writers[0]) : undefined;
  return {
    code: "INC4211",
    severity: "warning",
    message: `"${path}", which task "${task.id}" makes, contained bytes that inc did not write`,
    ...defined({ location: writer?.location }),
    ...(writers.length === 0 ? {} : { notes: [{ message: `it was last changed ${saidOfWriters(writers)}` }] }),
  };
}

function isEmptyDirectory(session: Session, path: string): boolean {
  return session.workspace.files.readDirectory(session.workspace.absolute(path))?.length === 0;
}

function unownedDirectory(task: Task, output: Output): Diagnostic {
  return {
    code: "INC4204",
    severity: "error",
    message: `task "${task.id}" makes the directory "${output.path}", which contains files that inc did not write`,
    location: output.location,
    notes: [{ message: "an output directory is emptied before its task runs" }],
    help: [
      "to preserve its files as a version and replace it: inc run --adopt",
      "or declare another directory, or move its files elsewhere",
    ],
  };
}

function notPreserved(task: Task, output: Output): Diagnostic {
  return {
    code: "INC4207",
    severity: "error",
    message: `"${output.path}" was edited, and its bytes cannot be preserved, so it is not replaced`,
    location: output.location,
    help: [`move it away, then run task "${task.id}" again`],
  };
}
