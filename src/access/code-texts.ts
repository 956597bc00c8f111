import { basename, join } from "node:path";
import type { GraphOrigin } from "../graph/cached.ts";
import type { CodePart } from "../model/task/code-table.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { digestWhenLoaded } from "./manifest-reads.ts";

/** The longest text of a part that is of use to a person, in UTF-16 code units. */
const MOST = 2 ** 16;

/** The texts of parts of functions' code, as the modules held them when the graph was made of them. Reads each module once. */
export class CodeTexts {
  readonly #workspace: Workspace;
  readonly #origin: Pick<GraphOrigin, "digests">;
  /** Workspace path → lines. */
  readonly #modules = new Map<string, readonly string[] | undefined>();

  constructor(workspace: Workspace, origin: Pick<GraphOrigin, "digests">) {
    this.#workspace = workspace;
    this.#origin = origin;
  }

  /** Whole lines. Undefined: it is a package or a file that is no module, its module is another one by now, or it is very long. */
  of({ name, module, lines: [from, to] }: Pick<CodePart, "name" | "module" | "lines">): string | undefined {
    if (module === "" || name === basename(module)) return undefined;
    if (!this.#modules.has(module)) this.#modules.set(module, this.#read(module));
    const text = this.#modules
      .get(module)
      ?.slice(from - 1, to)
      .join("\n");
    return text === undefined || text.length > MOST ? undefined : text;
  }

  #read(module: string): readonly string[] | undefined {
    const path = join(this.#workspace.root, module);
    const digest = digestWhenLoaded(this.#workspace, this.#origin, path);
    const bytes = digest === null ? undefined : this.#workspace.files.read(path);
    return bytes !== undefined && this.#workspace.hasher.digest(bytes) === digest
      ? bytes.toString("utf8").split("\n")
      : undefined;
  }
}
