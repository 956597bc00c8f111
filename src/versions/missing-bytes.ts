import { quoteWord } from "../graph/shell-text.ts";
import type { Diagnostic, Note } from "../model/diagnostic.ts";
import type { Version } from "../model/entry.ts";
import { parseName } from "../model/object-name.ts";
import type { History } from "../store/history.ts";

/** Manifests that `inc run` finds by itself, relative to the workspace. */
const FOUND_BY_ITSELF = new Set(["pipeline.ts", "pipeline.mts"]);

/** Says that the bytes of a version are not in the store, where they came from, and how to have them again. */
export function missingBytes(history: History, version: Version): Diagnostic {
  const { name, n, unkept, cause } = version;
  const { notes, help } = wayBack(history, version);
  const isElsewhere = cause === "made" && history.originOf(version)?.origin !== undefined;
  const state =
    unkept === true ? "were never stored" : isElsewhere ? "are not in the store" : "are no longer in the store";
  return { code: "INC1032", severity: "error", message: `the bytes of ${name}@${n} ${state}`, notes, help };
}

function wayBack(
  history: History,
  version: Version,
): { readonly notes: readonly Note[]; readonly help: readonly string[] } {
  const { name, n, cause, unkept } = version;
  if (cause === "put" || cause === "merged")
    return {
      notes: [{ message: "it was published: inc cannot make it again" }],
      help: [`publish it again: inc put ${quoteWord(name.replace(/^object:/, ""))} FILE`],
    };
  if (parseName(name).kind === "env")
    return { notes: [{ message: "the variable is a secret: inc stores only a salted digest of it" }], help: [] };
  if (cause !== "made")
    return {
      notes: [
        { message: cause === "used" ? "it is a source, so no task can make it again" : "no task can make it again" },
      ],
      help: unkept === true ? ['store every version from now on: file(path, { keep: "all" })'] : [],
    };
  const record = history.originOf(version);
  if (record === undefined) return { notes: [], help: [] };
  const { task, manifest, run, origin } = record;
  const isLatest = history.latest(name)?.n === n;
  const [made, again] =
    origin === undefined
      ? [
          `task "${task}" made it in run ${run}`,
          `make it again: ${runCommand(manifest, task)}${isLatest ? " --force" : ""}`,
        ]
      : [
          `the result of task "${task}" was found in the shared cache ${origin.remote}`,
          `bring it from there: ${bringCommand(manifest, task)}`,
        ];
  if (isLatest) return { notes: [{ message: made }], help: [again] };
  return {
    notes: [{ message: `${made}, from other inputs than the latest version` }],
    help: [`put its inputs back (inc lineage ${quoteWord(`${name}@${n}`)} shows them), then ${again}`],
  };
}

/** What brings the outputs of a task that were left in the shared cache. */
export function bringCommand(manifest: string, task: string): string {
  return `${runCommand(manifest, task)} --remote-download toplevel`;
}

function runCommand(manifest: string, task: string): string {
  return ["inc", "run", ...(FOUND_BY_ITSELF.has(manifest) ? [] : [manifest]), task].map(quoteWord).join(" ");
}
