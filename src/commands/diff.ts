import { printDiagnostics } from "../cli/diagnostics.ts";
import type { ParsedArguments } from "../cli/flag-spec.ts";
import { print, printJson } from "../cli/print.ts";
import { type HistoryContext, withHistory } from "../cli/with-history.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Version } from "../model/entry.ts";
import type { Result } from "../model/result.ts";
import { wantsColor } from "../report/text/color.ts";
import { renderContentDifference } from "../report/versions/content-diff.ts";
import { comparableInWorkspace, comparableVersion } from "../versions/comparables.ts";
import { type Comparable, compare } from "../versions/compare.ts";
import { resolveReference } from "../versions/reference.ts";

/** `inc diff`, its arguments parsed. Resolves to the exit code: 0 equal, 1 different, 2 not comparable. */
export async function diff({ flags, positionals, extra }: ParsedArguments): Promise<number> {
  const [first, second, ...others] = [...positionals, ...extra];
  const workspace = flags["workspace"] === true;
  if (first === undefined || others.length > 0 || (workspace && second !== undefined))
    return printDiagnostics([ONE_OR_TWO]);
  return withHistory(async (context) => {
    const pair = workspace ? withWorkspace(context, first) : sidesOf(context, first, second);
    if (!pair.ok) return pair;
    const { before, after } = pair.value;
    const difference = compare(before.side, after.side);
    if (flags["json"] === true) printJson({ before: before.label, after: after.label, difference });
    else {
      const options = { color: wantsColor(process.env, process.stdout) };
      const lines = renderContentDifference(before.label, after.label, difference, options);
      if (lines.length > 0) print(lines.join("\n"));
    }
    return { ok: true, value: difference.kind === "same" ? 0 : 1 };
  });
}

interface Labelled {
  readonly label: string;
  readonly side: Comparable;
}

interface Pair {
  readonly before: Labelled;
  readonly after: Labelled;
}

/** Without a second reference, pairs the first version with its predecessor; side versions are skipped. */
function sidesOf({ store, place }: HistoryContext, first: string, second: string | undefined): Result<Pair> {
  const one = resolveReference(first, place);
  if (!one.ok) return one;
  const label = (version: Version): Labelled => ({
    label: `${version.name}@${version.n}`,
    side: comparableVersion(store, version),
  });
  if (second === undefined) {
    const before = store.history.before(one.value.name, one.value.seq);
    if (before === undefined) return { ok: false, diagnostics: [nothingBefore(one.value)] };
    return { ok: true, value: { before: label(before), after: label(one.value) } };
  }
  const other = resolveReference(second, place);
  return other.ok ? { ok: true, value: { before: label(one.value), after: label(other.value) } } : other;
}

function withWorkspace({ store, place }: HistoryContext, reference: string): Result<Pair> {
  const version = resolveReference(reference, place);
  if (!version.ok) return version;
  const { name, n } = version.value;
  return {
    ok: true,
    value: {
      before: { label: `${name}@${n}`, side: comparableVersion(store, version.value) },
      after: { label: `${name} (workspace)`, side: comparableInWorkspace(place.workspace, store, version.value) },
    },
  };
}

const ONE_OR_TWO: Diagnostic = {
  code: "INC1003",
  severity: "error",
  message: "diff takes one or two versions, or one with --workspace",
  help: ["inc diff build/report.json@1 build/report.json@2"],
};

function nothingBefore({ name, n }: Version): Diagnostic {
  return {
    code: "INC1041",
    severity: "error",
    message: `${name}@${n} is the first version: there is none before it to compare it with`,
    help: ["compare it with another version, or with the workspace: --workspace"],
  };
}
