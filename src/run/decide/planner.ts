import { type RenderedCommand, renderCommand } from "../../execute/render.ts";
import { describe } from "../../fingerprint/describe.ts";
import { diffDescriptions } from "../../fingerprint/diff.ts";
import { fingerprintOf, staticFingerprint } from "../../fingerprint/fingerprint.ts";
import { worksInPlace } from "../../graph/mutations.ts";
import { findsInputs } from "../../graph/reads.ts";
import type { Decision, Reason } from "../../model/decision.ts";
import type { Change, Description, SetNode } from "../../model/description.ts";
import type { Digest, Fingerprint } from "../../model/digest.ts";
import type { Artifact, AttemptRecord, Entry } from "../../model/entry.ts";
import type { FileSet, Graph, Output, Task } from "../../model/graph.ts";
import { type Identity, sameIdentity } from "../../model/identity.ts";
import { objectName } from "../../model/object-name.ts";
import { dictionary } from "../../model/own.ts";
import { isValuePath } from "../../model/path.ts";
import type { Result } from "../../model/result.ts";
import { withPlaces } from "../../model/task/code.ts";
import { areDeclared } from "../../model/task/declared-outputs.ts";
import { decide } from "../../plan/decide.ts";
import type { Store } from "../../store/store.ts";
import type { Artifacts } from "../../workspace/artifacts.ts";
import type { RunPins } from "./pins.ts";
import { descriptionContext } from "./rendering.ts";

/** How many of a task's latest attempts are compared with. */
const LOOKED_AT = 20;

/** What is known about a task once its predecessors have ended. */
export interface Assessment {
  /** Without found inputs. */
  readonly description: Description;
  /** Of the description; with the found inputs when an entry for them was found. */
  readonly fingerprint: Fingerprint;
  readonly entry: Entry | undefined;
  /** Found inputs of that entry, workspace paths. */
  readonly found: readonly string[];
  readonly decision: Decision;
}

/** What decisions are made from. */
export interface Evidence {
  readonly graph: Graph;
  readonly pins: RunPins;
  readonly store: Store;
  readonly artifacts: Artifacts;
}

export interface PlannerOptions {
  readonly forced: (task: Task) => boolean;
  readonly readCache: boolean;
  readonly named: ReadonlySet<string>;
  /** Under watch a named task runs only when its fingerprint changed, not in every run. */
  readonly watches: boolean;
  /** True when outputs of a deferred entry may stay in the shared cache (see `DecisionContext.defers`). */
  readonly defers: (task: Task, entry: Entry, changed: readonly string[]) => boolean;
  /** True for a fingerprint whose outputs turned out not to be in the shared cache. */
  readonly isLost: (fingerprint: Fingerprint) => boolean;
}

/** Decides one task at a time against one table of pins. */
export class Planner {
  readonly #graph: Graph;
  readonly #pins: RunPins;
  readonly #store: Store;
  readonly #artifacts: Artifacts;
  readonly #options: PlannerOptions;

  constructor({ graph, pins, store, artifacts }: Evidence, options: PlannerOptions) {
    this.#graph = graph;
    this.#pins = pins;
    this.#store = store;
    this.#artifacts = artifacts;
    this.#options = options;
  }

  assess(task: Task): Result<Assessment> {
    const command = this.#template(task);
    if (!command.ok) return command;
    const described = describe(this.#graph, task, command.value.command, this.#pins);
    if (!described.ok) return described;
    const description = described.value;
    const { fingerprint, entry, found } = this.#entry(task, description);
    const decision = decide(entry, {
      rerun: task.rerun,
      forced: this.#options.forced(task),
      byHand: this.#isByHand(task, fingerprint),
      readCache: this.#options.readCache,
      identify: (path) => this.#artifacts.identify(path),
      available: (artifact) => this.#artifacts.available(artifact),
      defers: (known, changed) => this.#options.defers(task, known, changed),
    });
    return {
      ok: true,
      value: {
        description,
        fingerprint,
        entry,
        found,
        decision:
          decision === undefined
            ? { action: "run", reason: this.#whyRun(task, description) }
            : { ...decision, reason: this.#origin(task, description, decision.reason) },
      },
    };
  }

  /**
   * True for a named task whose effects are outside the workspace, such as a deployment: an older entry does not say that they
   * still hold.
   */
  #isByHand(task: Task, fingerprint: Fingerprint): boolean {
    if (task.rerun !== "manual" || task.outputs.length > 0 || !this.#options.named.has(task.id)) return false;
    if (!this.#options.watches) return true;
    const [latest] = this.#store.history.records(this.#graph.manifest, task.id, 1);
    return latest?.outcome !== "ok" || latest.fingerprint !== fingerprint;
  }

  /** The fingerprint without found inputs, of a service or of a running attempt. */
  identify(task: Task): Result<Fingerprint> {
    const command = this.#template(task);
    if (!command.ok) return command;
    const described = describe(this.#graph, task, command.value.command, this.#pins);
    return described.ok ? { ok: true, value: fingerprintOf(described.value, this.#artifacts.hasher) } : described;
  }

  /** The command as the description holds it: with names for sets and objects, whose content is digested separately. */
  #template(task: Task): Result<RenderedCommand> {
    return renderCommand(
      task,
      descriptionContext(this.#graph, this.#pins, {
        set: (set) => [labelOf(this.#graph, set)],
        object: (name) => objectName("object", name),
      }),
    );
  }

  /** A task that finds inputs has several sets of found inputs under one static fingerprint: the first that fits counts. */
  #entry(task: Task, description: Description): Pick<Assessment, "fingerprint" | "entry" | "found"> {
    const hasher = this.#artifacts.hasher;
    if (!findsInputs(task)) {
      const fingerprint = fingerprintOf(description, hasher);
      return { fingerprint, entry: this.#entryOf(task, fingerprint), found: [] };
    }
    const statically = staticFingerprint(description, hasher);
    for (const found of this.#store.foundSets(statically)) {
      const fingerprint = fingerprintOf({ ...description, found: this.#identities(found) }, hasher);
      const entry = this.#entryOf(task, fingerprint);
      if (entry !== undefined) return { fingerprint, entry, found };
    }
    return { fingerprint: statically, entry: undefined, found: [] };
  }

  /** An entry counts only when its outputs are the declared ones: a store may come from an untrusted place. */
  #entryOf(task: Task, fingerprint: Fingerprint): Entry | undefined {
    const entry = this.#store.entry(fingerprint);
    if (entry === undefined) return undefined;
    const outputs = entry.outputs.map((artifact, i) => placed(artifact, task.outputs[i]));
    if (!areDeclared(outputs, task.outputs)) return undefined;
    const { deferred, ...here } = { ...entry, outputs };
    return deferred === undefined || this.#options.isLost(fingerprint) ? here : { ...here, deferred };
  }

  #identities(paths: readonly string[]): Record<string, Identity | null> {
    return dictionary(paths.map((path) => [path, this.#pins.identify(path) ?? null] as const));
  }

  /** Compares with the nearest of the latest attempts, the one with the fewest differences. */
  #whyRun(task: Task, description: Description): Reason {
    let nearest: { readonly record: AttemptRecord; readonly changes: readonly Change[] } | undefined;
    for (const record of this.#store.history.records(this.#graph.manifest, task.id, LOOKED_AT)) {
      // A cancelled attempt says nothing: it might have ended either way.
      if (record.outcome === "cancelled") continue;
      const changes = this.differences(record.description, description);
      if (nearest === undefined || changes.length < nearest.changes.length) nearest = { record, changes };
      if (nearest.changes.length <= 1) break;
    }
    if (nearest === undefined) return { kind: "new" };
    if (worksInPlace(task)) return { kind: "always" };
    const { record, changes } = nearest;
    if (changes.length > 0) return { kind: "changed", changes: withPlaces(changes, this.#graph, task) };
    if (record.outcome !== "ok") return { kind: "failed-before" };
    return { kind: record.uncached ? "uncached" : "evicted" };
  }

  /** Outputs as inc wrote them differ from the entry when inputs went back: the reason is the change since the latest success. */
  #origin(task: Task, description: Description, reason: Reason): Reason {
    if (reason.kind !== "outputs-changed") return reason;
    const isOwn = (path: string): boolean =>
      sameIdentity(this.#store.owned(path)?.identity, this.#artifacts.identify(path));
    if (!reason.paths.every(isOwn)) return reason;
    const latest = this.#store.history.latestSuccess(this.#graph.manifest, task.id);
    const changes = latest === undefined ? [] : this.differences(latest.description, description);
    return changes.length === 0 ? reason : { kind: "changed", changes: withPlaces(changes, this.#graph, task) };
  }

  /**
   * What differs in a description from an earlier one.
   * @param load Nodes of sets that are not known here.
   */
  differences(
    before: Description,
    description: Description,
    load: (digest: Digest) => SetNode | undefined = () => undefined,
  ): readonly Change[] {
    return diffDescriptions(
      before,
      this.#comparable(description, before),
      (digest) => this.#pins.sets.node(digest) ?? this.#store.history.node(digest) ?? load(digest),
    );
  }

  /** The description with the found inputs of another, in their present state. */
  #comparable(description: Description, { found }: Description): Description {
    return found === undefined ? description : { ...description, found: this.#identities(Object.keys(found)) };
  }
}

function labelOf(graph: Graph, set: number): string {
  return (graph.sets[set] as FileSet).label;
}

/** A value lies where its task has its name; it may have been made under another one. */
function placed(artifact: Artifact, output: Output | undefined): Artifact {
  const isMoved = output?.value !== undefined && isValuePath(artifact.path) && artifact.path !== output.path;
  return isMoved ? { ...artifact, path: output.path } : artifact;
}
