import { isCheck, isValue, type ModelTask } from "./model.ts";
import { OBJECTS } from "./published.ts";
import type { Random } from "./random.ts";
import { ROUTES, type Route } from "./routes.ts";

export const SALTS = ["red", "green", "blue"];

/** Half of them are functions. */
const KINDS = [
  "join",
  "join",
  "strip",
  "directory",
  "tree",
  "tree",
  "glob",
  "wide",
  "check",
  "lint",
  "units",
  "value",
  "value",
  "fan",
  "nest",
  "nest",
  "pick",
  "call",
  "call",
  "call",
  "gather",
  "calls",
  "batch",
  "batch",
  "made",
  "peek",
  "versioned",
] as const;

/** What `captured` and objects of functions pass on can be changed by all that is called when the manifest is evaluated. */
const SIMPLE: readonly Route[] = ROUTES.filter((route) => route !== "captured" && route !== "entry");

interface Beside {
  readonly tasks: readonly ModelTask[];
  /** Of sources. */
  readonly paths: readonly string[];
  readonly random: Random;
}

/** A random task that reads sources and earlier tasks. */
export function newTask(index: number, { tasks, paths, random }: Beside): ModelTask {
  const name = `t${index}`;
  const values = tasks.filter(isValue).map((task) => task.name);
  const picked = random.pick(KINDS);
  const isOfValue = picked === "fan" || picked === "pick";
  const kind = isOfValue && values.length === 0 ? "join" : picked;
  const salt = random.pick(SALTS);
  if (kind === "fan" || kind === "pick") return { name, kind, reads: [random.pick(values)], salt };
  const earlier = tasks.filter((task) => !isCheck(task)).map((task) => task.name);
  const sources = paths.filter((path) => path.startsWith("src/"));
  const reads = new Set([random.pick([...sources, ...OBJECTS.map((object) => `object:${object}`)])]);
  for (let i = 0; i < 2; i += 1) if (earlier.length > 0) reads.add(random.pick(earlier));
  const route = random.pick(kind === "call" ? ROUTES : SIMPLE);
  const peeks = kind === "peek" ? `g/g${random.below(5)}.txt` : undefined;
  return { name, kind, reads: [...reads], salt, route, ...(peeks === undefined ? {} : { peeks }) };
}
