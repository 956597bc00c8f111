import { declaredOuts } from "../../manifest/command-parts.ts";
import type { EachDeclaration, TaskDeclaration } from "../../manifest/declaration.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { FannedOut } from "../../model/evaluation/expansion.ts";
import { type FileSet, type Output, VALUE_OUTPUT } from "../../model/graph.ts";
import { parseName, valueName } from "../../model/object-name.ts";
import type { Concrete, Group } from "../concrete.ts";
import type { Names } from "../names.ts";
import type { Paths } from "../paths.ts";
import { fileSetOf } from "../resolve.ts";
import type { ExpansionSource } from "./elements.ts";
import type { FanOut, PlacedUnit } from "./fan-out.ts";
import { FanOuts } from "./fan-outs.ts";
import { MadeSources } from "./made-sources.ts";
import { groupName, joined, keyOf, type Place, unitName } from "./place.ts";

/** What naming tasks and units asks of the world. Paths relative to the workspace. */
export interface UnitsContext {
  /**
   * Members of a set, without those outputs and what is inside them.
   * @param groups Names of the exported `each`s: outputs of their earlier units are no sources either.
   */
  expand(set: FileSet, outputs: ReadonlySet<string>, groups: ReadonlySet<string>): readonly string[];
  /** What a task has made to fan out over. */
  read(fannedOut: FannedOut): ExpansionSource;
  digest(bytes: Uint8Array): string;
}

export interface NamedUnits {
  readonly concrete: ReadonlyMap<TaskDeclaration, Concrete>;
  readonly groups: ReadonlyMap<EachDeclaration, Group>;
  readonly errors: readonly Diagnostic[];
}

/** The tasks by name, units included, which are found by calling the callbacks of `each`s. */
export function nameUnits(named: Names, paths: Paths, context: UnitsContext): NamedUnits {
  const concrete = new Map<TaskDeclaration, Concrete>();
  const eachs = new Map<EachDeclaration, string>();
  for (const [declaration, { name, aliases }] of named.names) {
    if (declaration.kind === "each") eachs.set(declaration, name);
    else concrete.set(declaration, { id: name, aliases, declaration, outputs: outputsOf(name, declaration, paths) });
  }
  const outputs = new Set([...concrete.values()].flatMap((task) => task.outputs.map(({ path }) => path)));
  const names = new Set(eachs.values());
  const aliasesOf = new Map([...named.names.values()].map(({ name, aliases }) => [name, aliases] as const));
  const units = new Map<TaskDeclaration, Concrete>();
  const sources = new MadeSources((task) => concrete.get(task) ?? units.get(task), context);
  const fanOuts = new FanOuts(eachs, outputs, {
    paths,
    expand: (set, made) => context.expand(set, made, names),
    setOf: (each) => fileSetOf(each.over as EachDeclaration["over"] & { kind: "files" }, paths),
    made: (each, place) => sources.of(each, place),
    name: (placed, { each, place }) => {
      const batch = each.batch === undefined ? {} : { batch: { size: each.batch, location: each.location } };
      for (const unit of concreteUnits(placed, place, aliasesOf.get(place.top) ?? [], paths))
        if (!concrete.has(unit.declaration) && !units.has(unit.declaration))
          units.set(unit.declaration, { ...unit, ...batch });
    },
    digest: (bytes) => context.digest(bytes),
  });
  const expanded = fanOuts.expand();
  const groups = new Map(expanded.map((fanOut) => [fanOut.each, groupOf(fanOut, fanOuts)]));
  // In the order of their keys, as far as they have one.
  for (const each of eachs.keys())
    for (const { tasks } of groups.get(each)?.units ?? [])
      for (const task of tasks.values()) concrete.set(task, units.get(task) as Concrete);
  for (const [task, unit] of units) if (!concrete.has(task)) concrete.set(task, unit);
  return { concrete, groups, errors: [...sources.errors, ...fanOuts.errors] };
}

function groupOf(fanOut: FanOut, fanOuts: FanOuts): Group {
  return {
    name: groupName(fanOut.place),
    units: fanOuts.unitsOf(fanOut).map(({ unit }) => unit),
    open: fanOuts.openIn(fanOut),
    expansions: fanOuts.expansionsOf(fanOut),
  };
}

/** The tasks of one element. */
function* concreteUnits(
  { unit, from }: PlacedUnit,
  { top, keys: above, member: around }: Place,
  aliases: readonly string[],
  paths: Paths,
): Iterable<Concrete> {
  const keys = [...above, ...unit.keys];
  for (const [member, declaration] of [...unit.tasks, ...unit.own]) {
    const name = unitName(keys, joined(around, member));
    yield {
      id: top + name,
      aliases: aliases.map((alias) => alias + name),
      group: top,
      key: keyOf(keys),
      ...(keys.length > 1 ? { keys } : {}),
      ...(unit.tasks.has(member) ? {} : { isOwn: true as const }),
      declaration,
      outputs: outputsOf(top + name, declaration, paths),
      ...(from.length > 0 ? { expandedFrom: from } : {}),
    };
  }
}

function outputsOf(id: string, declaration: TaskDeclaration, paths: Paths): Output[] {
  const { value, location } = declaration;
  const artifacts = declaredOuts(declaration).map(
    (out): Output => ({
      name: out.name,
      path: paths.resolve(out.path, "the output", out),
      type: out.path.endsWith("/") ? "directory" : "file",
      location: out.location,
    }),
  );
  if (value === undefined) return artifacts;
  const { id: path } = parseName(valueName(paths.manifest, id));
  return [...artifacts, { name: VALUE_OUTPUT, path, type: "file", value, location }];
}
