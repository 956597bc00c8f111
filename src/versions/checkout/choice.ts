import type { Diagnostic } from "../../model/diagnostic.ts";
import type { RunRecord, Version } from "../../model/entry.ts";
import { ancestors } from "../../model/path.ts";
import type { Result } from "../../model/result.ts";
import type { History } from "../../store/history.ts";
import { type ReferenceScope, resolveReferences } from "../reference.ts";
import type { Choice } from "./plan.ts";

/** The id of a run, or the beginning of one. */
const RUN = /^\d{8}T\d{1,9}(-[0-9a-f]{0,6})?$/;

/** The versions that the arguments name: those of runs, and of objects. */
export function chooseVersions(references: readonly string[], place: ReferenceScope): Result<readonly Choice[]> {
  const chosen = new Map<string, Choice>();
  for (const text of references) {
    const choices = choicesOf(text, place);
    if (!choices.ok) return choices;
    for (const choice of choices.value) {
      const { name, n } = choice.version;
      const other = chosen.get(name)?.version.n ?? n;
      if (other !== n) return { ok: false, diagnostics: [twice(name, other, n)] };
      chosen.set(name, choice);
    }
  }
  for (const { version } of chosen.values())
    for (const parent of ancestors(version.name)) {
      const above = chosen.get(parent)?.version;
      if (above !== undefined) return { ok: false, diagnostics: [within(version, above)] };
    }
  return { ok: true, value: [...chosen.values()] };
}

function choicesOf(text: string, place: ReferenceScope): Result<readonly Choice[]> {
  const versions = resolveReferences(text, place);
  if (versions.ok) return { ok: true, value: versions.value.map((version) => ({ version, ofRun: false })) };
  if (!RUN.test(text)) return versions;
  const run = findRun(text, place.history);
  if (!run.ok) return run;
  return { ok: true, value: versionsOfRun(place.history, run.value).map((version) => ({ version, ofRun: true })) };
}

function findRun(text: string, history: History): Result<RunRecord> {
  const exact = history.run(text);
  if (exact !== undefined) return { ok: true, value: exact };
  const runs = [...history.runs()].filter(({ id }) => id.startsWith(text));
  const [first] = runs;
  if (first !== undefined && runs.length === 1) return { ok: true, value: first };
  return { ok: false, diagnostics: [first === undefined ? unknownRun(text, history) : severalRuns(text, runs)] };
}

/**
 * The outputs of a run's manifest as they were when it ended: of each name the latest version up to there, if a task made
 * it. Where one lies inside of another, they are of different times: the later one counts.
 */
function versionsOfRun(history: History, run: RunRecord): readonly Version[] {
  const made: Version[] = [];
  for (const name of history.names()) {
    const version = history.before(name, run.seq + 1);
    if (version?.cause !== "made") continue;
    if (history.makerOf(version)?.manifest === run.manifest) made.push(version);
  }
  const taken = new Set<string>();
  const above = new Set<string>();
  const apart = [...made]
    .sort((a, b) => b.seq - a.seq)
    .filter(({ name }) => {
      const parents = [...ancestors(name)];
      if (above.has(name) || parents.some((parent) => taken.has(parent))) return false;
      taken.add(name);
      for (const parent of parents) above.add(parent);
      return true;
    });
  const wanted = new Set(apart);
  return made.filter((version) => wanted.has(version));
}

function unknownRun(text: string, history: History): Diagnostic {
  const [latest] = history.runs(1);
  return {
    code: "INC1033",
    severity: "error",
    message: `there is no run "${text}"`,
    notes: [
      ...(latest === undefined ? [] : [{ message: `the latest is ${latest.id}, "${latest.argv.join(" ")}"` }]),
      { message: "a killed run has no state to go back to" },
    ],
    help: ["inc log NAME shows the run of each version"],
  };
}

function severalRuns(text: string, runs: readonly RunRecord[]): Diagnostic {
  return {
    code: "INC1033",
    severity: "error",
    message: `"${text}" is the beginning of ${runs.length} runs`,
    help: [
      `type more of it: ${runs
        .slice(0, 5)
        .map(({ id }) => id)
        .join(", ")}`,
    ],
  };
}

function within(version: Version, above: Version): Diagnostic {
  return {
    code: "INC1003",
    severity: "error",
    message: `${version.name}@${version.n} belongs inside of ${above.name}, of which ${above.name}@${above.n} is all`,
    help: ["name one of them"],
  };
}

function twice(name: string, one: number, other: number): Diagnostic {
  return {
    code: "INC1003",
    severity: "error",
    message: `${name}@${one} and ${name}@${other} belong in the same place`,
    help: ["name one of them"],
  };
}
