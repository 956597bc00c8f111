import { globSync, statSync } from "node:fs";
import type { ParamValue } from "../model/graph.ts";
import type {
  EachDeclaration,
  FilesDeclaration,
  ObjectDeclaration,
  ParamDeclaration,
  TaskDeclaration,
} from "./declaration.ts";

/** What an evaluation of a manifest asks of the one who evaluates it, who thereby learns what it depended on. */
export interface ManifestSession {
  /** Every task and `each`, in the order they were made. */
  readonly made: (TaskDeclaration | EachDeclaration)[];
  readonly objects: ObjectDeclaration[];
  /** Paths relative to the manifest's directory, sorted. */
  list(set: FilesDeclaration, directories: boolean): readonly string[];
  readEnv(name: string): string | undefined;
  readParam(declaration: ParamDeclaration): ParamValue | undefined;
}

/** Without a run, as when a unit test imports a manifest: it works, and nobody keeps a record. */
const alone: ManifestSession = {
  made: [],
  objects: [],
  list: (set, directories) =>
    globSync([...set.patterns], { exclude: [...set.exclude] })
      .filter((path) => statSync(path).isDirectory() === directories)
      .sort(),
  readEnv: (name) => process.env[name],
  readParam: (declaration) => declaration.default,
};

let current = alone;

/** The session of the evaluation that is under way. */
export function session(): ManifestSession {
  return current;
}

/** Evaluates something within a session. One at a time. */
export async function withSession<T>(next: ManifestSession, evaluate: () => Promise<T>): Promise<T> {
  const before = current;
  current = next;
  try {
    return await evaluate();
  } finally {
    current = before;
  }
}
