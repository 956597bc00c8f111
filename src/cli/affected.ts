import type { Changes } from "../access/affected/changes.ts";
import type { Loaded } from "../access/pipeline.ts";
import type { Emit } from "../model/event.ts";
import type { Result } from "../model/result.ts";
import type { ParsedArguments } from "./flag-spec.ts";
import { unusable } from "./params.ts";

/** What has changed since the base, with `--affected`; else undefined. */
export async function changesFor(
  { affected, base }: ParsedArguments["flags"],
  workspace: string,
): Promise<Result<Changes | undefined>> {
  if (affected !== true)
    return base === undefined
      ? { ok: true, value: undefined }
      : {
          ok: false,
          diagnostics: [unusable(`--base ${String(base)}`, "it says what --affected compares with: add that")],
        };
  const { changesSince } = await import("../access/affected/changes.ts");
  return changesSince(base as string | undefined, workspace);
}

/** Reports which tasks a run with `--affected` is about: on stderr, for stdout may be read by a program. */
export function sayAffected({ affected, tasks, named, graph }: Loaded, changes: Changes, emit: Emit): void {
  if (changes.kind === "unknown") emit({ kind: "diagnostic", diagnostic: changes.warning });
  if (affected === undefined || changes.kind === "unknown") return;
  const { base, commit, files } = changes;
  const changed = `${files} changed ${files === 1 ? "file" : "files"}`;
  const all = graph.tasks.filter(({ service }) => service === undefined).length;
  const why = affected.all === undefined ? "" : `: ${affected.all}`;
  const needed = tasks.length > named.size ? `, with ${tasks.length - named.size} that they need` : "";
  process.stderr.write(
    `affected by ${changed} since ${base} (${commit}): ${named.size} of ${all} tasks${needed}${why}\n`,
  );
}
