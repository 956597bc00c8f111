import { globSync, statSync } from "node:fs";
import type { ParamValue } from "../model/graph.ts";
import { own } from "../model/own.ts";
import type { CallPlace } from "./call-place.ts";
import type {
  EachDeclaration,
  FilesDeclaration,
  ObjectDeclaration,
  ParamDeclaration,
  TaskDeclaration,
} from "./declaration.ts";

/** What an evaluating manifest asks of its evaluator, which thereby learns what the graph depends on. */
export interface ManifestSession {
  /** Absolute path of the manifest that is evaluated. */
  readonly manifest: string;
  /** Absolute directory of the manifest whose callback is called, where the stack does not say. */
  base?: string | undefined;
  /** True when a module that is loaded is a manifest of its own. */
  importsManifests(): boolean;
  /** Every task and `each`, in the order they were made. */
  readonly made: (TaskDeclaration | EachDeclaration)[];
  readonly objects: ObjectDeclaration[];
  /** Places of calls, in the order of the calls. */
  readonly places?: CallPlace[];
  /** Paths relative to the directory of the manifest that asks, sorted. */
  list(set: FilesDeclaration, directories: boolean): readonly string[];
  /** The manifest reads a file, by its absolute path. */
  noteFile(path: string): void;
  /** A module of the manifest reads by itself, by the named function; `call` is the function that it called. */
  noteUntracked(name: string, call: (...args: never[]) => unknown): void;
  readEnv(name: string): string | undefined;
  readParam(declaration: ParamDeclaration): ParamValue | undefined;
}

/** Without a run, as when a unit test imports a manifest: it works, and nothing is recorded. */
const alone: ManifestSession = {
  manifest: "",
  importsManifests: () => false,
  made: [],
  objects: [],
  list: (set, directories) =>
    globSync([...set.patterns], { exclude: [...set.exclude] })
      .filter((path) => statSync(path).isDirectory() === directories)
      .sort(),
  noteFile: () => {},
  noteUntracked: () => {},
  readEnv: (name) => own(process.env, name),
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

/** Calls a callback of an imported manifest: what it declares is relative to that one. */
export function withBase<T>(base: string | undefined, call: () => T): T {
  const before = current.base;
  current.base = base;
  try {
    return call();
  } finally {
    current.base = before;
  }
}
