import { join } from "node:path";
import type { Paths } from "../../../graph/paths.ts";
import { fileSetOf } from "../../../graph/resolve.ts";
import { callOne, type Unit } from "../../../graph/units/callback.ts";
import { declaredUnit } from "../../../graph/units/declared.ts";
import { type Derived, isDerived, partOf } from "../../../graph/units/derived.ts";
import { madeUnitOf } from "../../../graph/units/made.ts";
import { groupName, type Place, placeIn } from "../../../graph/units/place.ts";
import type { EachDeclaration, FilesDeclaration, TaskDeclaration } from "../../../manifest/declaration.ts";
import type { Job } from "../protocol.ts";
import type { KnownElements } from "./known-elements.ts";

/** Finds one unit of a fan-out without a look at the others. */
export class UnitFinder {
  readonly #job: Job;
  readonly #paths: Paths;
  readonly #elements: KnownElements;

  constructor(job: Job, paths: Paths, elements: KnownElements) {
    this.#job = job;
    this.#paths = paths;
    this.#elements = elements;
  }

  /** @param keys Of the elements that lead to the unit, the outermost first. */
  task(each: EachDeclaration, keys: readonly string[], member: string): TaskDeclaration | undefined {
    return this.#taskIn(each, keys, member, { top: this.#job.address.name, keys: [], member: "" });
  }

  #taskIn(each: EachDeclaration, keys: readonly string[], member: string, place: Place): TaskDeclaration | undefined {
    const unit = this.#unit(each, keys, place);
    if (unit === undefined) return undefined;
    const left = keys.slice(unit.keys.length);
    if (left.length === 0) return unit.tasks.get(member) ?? unit.own.get(member);
    for (const [name, inner] of unit.inner) {
      if (name !== "" && member !== name && !member.startsWith(`${name}.`)) continue;
      const rest = name === "" ? member : member.slice(name.length + 1);
      const found = this.#taskIn(inner, left, rest, placeIn(place, unit.keys, name));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The unit that the first keys lead to; how many depends on what it is derived from. */
  #unit(each: EachDeclaration, keys: readonly string[], place: Place): Unit | undefined {
    if (isDerived(each)) return this.#derivedUnit(each, keys, place);
    const [key] = keys;
    if (key === undefined) return undefined;
    const made = this.#job.manifest.expansions.find(({ group }) => group === groupName(place));
    const setOf = ({ over }: EachDeclaration) => fileSetOf(over as FilesDeclaration, this.#paths);
    if (made === undefined) return declaredUnit(each, key, { paths: this.#paths, setOf });
    const value = { path: join(this.#job.workspace, made.path), digest: made.digest };
    return madeUnitOf(each, key, made, {
      paths: this.#paths,
      elementOf: (over) => this.#elements.find(over, key, value),
    });
  }

  /** Expansions that it is derived from have its own name, with the keys of theirs. */
  #derivedUnit(each: Derived, keys: readonly string[], place: Place): Unit | undefined {
    let source: EachDeclaration = each.over.of;
    let { members } = each.over;
    for (let at = 0; ; ) {
      const unit = this.#unit(source, keys.slice(at), placeIn(place, keys.slice(0, at), ""));
      if (unit === undefined) return undefined;
      at += unit.keys.length;
      const part = partOf(unit, members);
      if ("value" in part) return callOne(each, keys.slice(0, at), part.value, []);
      source = part.inner;
      ({ members } = part);
    }
  }
}
