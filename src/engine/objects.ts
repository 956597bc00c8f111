import { chmodSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Version } from "../model/entry.ts";
import type { Task } from "../model/graph.ts";
import { sameIdentity } from "../model/identity.ts";
import { objectName } from "../model/object-name.ts";
import type { Store } from "../store/store.ts";
import type { Session } from "./session.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Published objects as one run sees them: all pinned at one moment, for all its rounds, so that no task reads two versions
 * of one object and no two tasks read different ones. What is published meanwhile is for the next run.
 */
export class PinnedObjects {
  readonly #names: readonly string[];
  readonly #versions: ReadonlyMap<string, Version>;

  constructor(store: Store, names: readonly string[]) {
    this.#names = names.map((name) => objectName("object", name));
    this.#versions = new Map(store.latestOf(this.#names).map((version) => [version.name, version]));
  }

  /** Undefined: nothing was published yet. */
  version(name: string): Version | undefined {
    return this.#versions.get(objectName("object", name));
  }

  /** False once another version of any of them is the latest. */
  areLatest(store: Store): boolean {
    return this.#names.every((name) => store.history.latest(name)?.n === this.#versions.get(name)?.n);
  }
}

const PLAIN = /^[\w][\w.-]{0,99}$/;

/** Where a task finds its private copy: one path for all versions, for it stands in the command. */
export function pathOfObject(workspace: Workspace, name: string): string {
  const file = PLAIN.test(name) ? name : workspace.hasher.digest(name).slice(0, 32);
  const inside = relative(workspace.root, join(workspace.directory, "objects", file));
  return inside.startsWith("..") || isAbsolute(inside) ? join(workspace.directory, "objects", file) : inside;
}

/** Puts the pinned versions that a task reads where its command looks for them. The lease is held: nobody else does. */
export function placeObjects(session: Session, task: Task): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  for (const input of task.inputs) {
    if (input.kind !== "object") continue;
    const version = session.objects.version(input.name);
    if (version === undefined) continue;
    const { identity, size } = version;
    const path = pathOfObject(session.workspace, input.name);
    session.workspace.index.forget(path);
    if (sameIdentity(session.artifacts.identify(path), identity)) continue;
    if (!session.artifacts.restore({ name: "", path, identity, size })) problems.push(lost(task, input, version));
    else if (identity.type === "file") chmodSync(session.workspace.absolute(path), identity.executable ? 0o555 : 0o444);
    session.artifacts.identify(path);
  }
  return problems;
}

export function unpublished(task: Task, input: Task["inputs"][number] & { readonly kind: "object" }): Diagnostic {
  return {
    code: "INC4209",
    severity: "error",
    message: `task "${task.id}" reads the object "${input.name}", of which nothing was published yet`,
    location: input.location,
    help: [`publish it: inc put ${input.name} FILE`],
  };
}

function lost(task: Task, input: Task["inputs"][number] & { readonly kind: "object" }, { n }: Version): Diagnostic {
  return {
    code: "INC4210",
    severity: "error",
    message: `task "${task.id}" reads ${input.name}@${n}, whose bytes are no longer in the store`,
    location: input.location,
    help: [`publish them again: inc put ${input.name} FILE`],
  };
}
