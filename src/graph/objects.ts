import type { Graph, ObjectSource } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import { suggestion } from "../model/suggestion.ts";

/** The declaration of a published object: it says how conflicts are resolved, so there is no default. */
export function findObject(graph: Pick<Graph, "objects" | "manifest">, name: string): Result<ObjectSource> {
  const found = graph.objects.find((source) => source.name === name);
  if (found !== undefined) return { ok: true, value: found };
  const names = graph.objects.map((source) => source.name);
  const near = suggestion(name, names);
  const help =
    near !== undefined
      ? `did you mean "${near}"?`
      : `declare it there: export const it = object(${JSON.stringify(name)})`;
  return {
    ok: false,
    diagnostics: [
      { code: "INC1008", severity: "error", message: `${graph.manifest} declares no object "${name}"`, help: [help] },
    ],
  };
}
