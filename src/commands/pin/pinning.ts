import { printDiagnostics } from "../../cli/diagnostics.ts";
import { print } from "../../cli/print.ts";
import { withHistory } from "../../cli/with-history.ts";
import type { Version } from "../../model/entry.ts";
import { printable } from "../../model/printable.ts";
import { isStored } from "../../store/blobs/stored.ts";
import { missingBytes } from "../../versions/missing-bytes.ts";
import { resolveReference } from "../../versions/reference.ts";

/** Pins or unpins the versions of references; none of them if one is wrong. Returns the exit code. */
export async function pinAll(references: readonly string[], what: "pin" | "unpin"): Promise<number> {
  if (references.length === 0)
    return printDiagnostics([
      {
        code: "INC1003",
        severity: "error",
        message: `${what} takes versions of objects`,
        help: [`inc ${what} build/report.json@2; inc log NAME shows the versions`],
      },
    ]);
  return withHistory(async ({ store, place }) => {
    store.requireWritable();
    const versions: Version[] = [];
    for (const reference of references) {
      const version = resolveReference(reference, place);
      if (!version.ok) return version;
      if (what === "pin" && !isStored(store.blobs, version.value.identity))
        return { ok: false, diagnostics: [missingBytes(store.history, version.value)] };
      versions.push(version.value);
    }
    for (const { name, n } of versions) {
      const changed = what === "pin" ? store.upkeep.pin(name, n, Date.now()) : store.upkeep.unpin(name, n);
      const done = what === "pin" ? "pinned" : "unpinned";
      const already = what === "pin" ? "was pinned already" : "was not pinned";
      print(`${printable(name)}@${n} ${changed ? done : already}`);
    }
    return { ok: true, value: 0 };
  });
}
