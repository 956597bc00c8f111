import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { isWithin, isWithinAny } from "../../../model/path.ts";
import type { UndeclaredUse } from "../../undeclared-use.ts";
import type { Job, JobInput } from "../protocol.ts";
import type { Use } from "./file-hooks.ts";

/** What a function may write in a workspace beside its outputs: caches that tools keep with the packages. */
const CACHES = /(?:^|\/)node_modules\/\.(?:cache|vite|tmp)(?:\/|$)/;

/** What the function of a job does with files that its task does not declare. */
export class Accesses {
  readonly #job: Job;
  readonly #outputs: ReadonlySet<string>;
  readonly #declared: ReadonlySet<string>;
  readonly #written = new Set<string>();
  readonly #undeclared = new Map<string, Omit<UndeclaredUse, "path">>();

  constructor(job: Job) {
    this.#job = job;
    const absolute = (path: string): string => resolve(job.cwd, path);
    // Which unit of several a read or a write is for cannot be seen.
    const all = [job, ...(job.units ?? [])];
    this.#outputs = new Set(
      [...all.flatMap(({ outputs }) => outputs.map(([, path]) => path)), ...job.mutates].map(absolute),
    );
    this.#declared = new Set(all.flatMap(({ inputs }) => inputs.flatMap(([, input]) => pathsOf(input))).map(absolute));
  }

  /** What it read, and what it asked for, in the order of the paths. */
  get undeclared(): readonly UndeclaredUse[] {
    return [...this.#undeclared].map(([path, use]) => ({ path, ...use }));
  }

  /** True for what the function must not do. @param path As the function wrote it. */
  note(use: Use, path: string): boolean {
    const absolute = resolve(path);
    if (use === "write" || use === "make") {
      if (this.#refuses(use, absolute)) return true;
      // A directory that is there already may hold what others have made.
      if (use === "write" || !existsSync(absolute)) this.#written.add(absolute);
      return false;
    }
    this.#add(absolute, { use });
    return false;
  }

  /** What modules do when they are loaded, before the function is called. @param path As they wrote it. */
  noteLoading(use: UndeclaredUse["use"], path: string): void {
    this.#add(resolve(path), { use, isOfLoading: true });
  }

  #add(path: string, use: Omit<UndeclaredUse, "path">): void {
    if (use.use === "look" && this.#undeclared.has(path)) return;
    if (!this.#isDeclared(path)) this.#undeclared.set(path, use);
  }

  #isDeclared(path: string): boolean {
    return isWithinAny(path, this.#outputs) || isWithinAny(path, this.#declared) || isWithinAny(path, this.#written);
  }

  #refuses(use: Use, path: string): boolean {
    if (!isWithin(path, this.#job.workspace) || isWithinAny(path, this.#outputs)) return false;
    if (CACHES.test(relative(this.#job.workspace, path))) return false;
    // The directories of outputs are there; many make sure of it.
    const isAbove = (output: string): boolean => isWithin(dirname(output), path);
    return !(use === "make" && ([...this.#outputs].some(isAbove) || existsSync(path)));
  }
}

function pathsOf(input: JobInput): readonly string[] {
  if (input.kind === "file" || input.kind === "json") return [input.path];
  return input.kind === "map" || input.kind === "record" ? input.entries.flatMap(([, value]) => pathsOf(value)) : [];
}
