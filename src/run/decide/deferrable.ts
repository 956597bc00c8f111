import { parseListing } from "../../files/listing.ts";
import { readersFor } from "../../graph/dependencies.ts";
import { readsOf } from "../../graph/reads.ts";
import type { Download } from "../../model/download.ts";
import type { Entry } from "../../model/entry.ts";
import type { Task } from "../../model/graph.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import type { Store } from "../../store/store.ts";
import type { Artifacts } from "../../workspace/artifacts.ts";
import type { Ledger } from "../../workspace/ledger.ts";
import { type LookedIntoSources, lookedInto } from "./looked-into.ts";
import type { RunPins } from "./pins.ts";

interface Sources extends LookedIntoSources {
  readonly store: Store;
  readonly artifacts: Artifacts;
  readonly ledger: Ledger;
  readonly named: ReadonlySet<string>;
  /** Services that run though no attempt needs them. */
  readonly asked: ReadonlySet<string>;
  readonly undeferred: ReadonlySet<string>;
  readonly options: { readonly brings?: Download; readonly tasks: readonly string[] };
}

/**
 * Which results may leave their outputs in the shared cache. Until an attempt begins that needs them, their identities stand for
 * them, so whatever inc has to look into is brought.
 */
export class Deferrable {
  readonly #sources: Sources;
  readonly #pins: RunPins;
  readonly #allowed = new Map<string, boolean>();
  #wanted: ReadonlySet<string> | undefined;
  #isLookedInto: ((path: string) => boolean) | undefined;

  constructor(sources: Sources, pins: RunPins) {
    this.#sources = sources;
    this.#pins = pins;
  }

  /** True for a task whose outputs this run does not want for themselves. */
  allows(task: Task): boolean {
    const { options, undeferred } = this.#sources;
    if ((options.brings ?? "all") === "all" || task.outputs.length === 0 || undeferred.has(task.id)) return false;
    let allowed = this.#allowed.get(task.id);
    if (allowed === undefined) {
      this.#wanted ??= wanted(this.#sources);
      this.#isLookedInto ??= lookedInto(this.#sources, this.#pins);
      const isLookedInto = this.#isLookedInto;
      allowed = !this.#wanted.has(task.id) && !task.outputs.some(({ path }) => isLookedInto(path));
      this.#allowed.set(task.id, allowed);
    }
    return allowed;
  }

  /**
   * True when the outputs of a deferred entry may stay where they are.
   * @param changed Those in whose places something else is: only what inc wrote there itself may go.
   */
  defers(task: Task, { outputs }: Entry, changed: readonly string[]): boolean {
    if (!this.allows(task) || !outputs.every(({ identity }) => this.#isPlain(identity))) return false;
    const { ledger, artifacts } = this.#sources;
    return changed.every((path) => sameIdentity(ledger.get(path)?.identity, artifacts.identify(path)));
  }

  /** True where the identity as an output is the one as an input, too: what links lead to is known only once they are there. */
  #isPlain(identity: Identity): boolean {
    if (identity.type !== "directory") return identity.type === "file";
    const bytes = this.#sources.store.blobs.read(identity.digest);
    return bytes !== undefined && parseListing(bytes).every(({ type }) => type !== "symlink");
  }
}

/** Tasks whose outputs are wanted, whatever attempts need. */
function wanted({ graph, tasks, named, asked, options }: Sources): ReadonlySet<string> {
  const services = tasks.filter(({ id }) => asked.has(id)).flatMap((service) => readersFor(graph.tasks, service));
  const forServices = services.flatMap((service) => [...readsOf(service).tasks]);
  return new Set(
    options.brings === "toplevel" ? [...forServices, ...toplevel({ graph, tasks, named, options })] : forServices,
  );
}

/** The tasks that were asked for: those that were named, else the manifest's default, else those that no other task reads. */
function toplevel({
  graph,
  tasks,
  named,
  options,
}: Pick<Sources, "graph" | "tasks" | "named" | "options">): Iterable<string> {
  if (options.tasks.length > 0) return named;
  if (graph.config.default !== undefined) return graph.config.default;
  const read = new Set(tasks.flatMap((task) => [...readsOf(task).tasks]));
  return tasks.flatMap(({ id }) => (read.has(id) ? [] : [id]));
}
