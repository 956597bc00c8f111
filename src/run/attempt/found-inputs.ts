import { absentNames, readDepfile } from "../../execute/depfile.ts";
import { wasSettled } from "../../files/racy-clock.ts";
import { upstreamOf } from "../../graph/dependencies.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Task } from "../../model/graph.ts";
import type { Identity } from "../../model/identity.ts";
import { dictionary } from "../../model/own.ts";
import type { Result } from "../../model/result.ts";
import type { Attempted } from "./attempts.ts";
import { undeclaredReads } from "./function/undeclared.ts";
import type { TaskRun } from "./task-run.ts";

interface Found {
  /** Path → identity. Null: the path does not exist, so that its creation is a change. */
  readonly identities: Record<string, Identity | null>;
  /** Paths written since the attempt began, perhaps with the same content. */
  readonly touched: readonly string[];
}

/** The files that an attempt's depfiles name, or that a function was seen to read, beside the declared inputs. */
export function foundInputs(taskRun: TaskRun, attempted: Attempted): Result<Found> {
  const { session, pins, task } = taskRun;
  const named = namedBy(taskRun, attempted);
  if (!named.ok) return named;
  const identities = dictionary<Identity | null>();
  const touched: string[] = [];
  const problems: Diagnostic[] = [];
  const isUpstream = upstreamFrom(taskRun);
  const makers = session.makers();
  for (const path of named.value) {
    const maker = makers.get(path);
    if (maker !== undefined && maker !== task.id && !isUpstream(maker)) {
      problems.push(foundElsewhere(task, path, maker));
      continue;
    }
    identities[path] = pins.identify(path) ?? null;
    const stat = session.workspace.files.stat(session.workspace.absolute(path));
    if (maker === undefined && stat !== undefined && !wasSettled(stat, attempted.tick)) touched.push(path);
  }
  return problems.length > 0 ? { ok: false, diagnostics: problems } : { ok: true, value: { identities, touched } };
}

function upstreamFrom({ session, task }: TaskRun): (maker: string) => boolean {
  let upstream: ReadonlySet<string> | undefined;
  return (maker) => {
    upstream ??= upstreamOf(new Map(session.graph.tasks.map((each) => [each.id, each])), task.id);
    return upstream.has(maker);
  };
}

function namedBy(taskRun: TaskRun, attempted: Attempted): Result<readonly string[]> {
  const { session, task } = taskRun;
  if (task.action.kind !== "function") return namedByDepfiles(taskRun);
  const { paths, problems } = undeclaredReads(session, task, attempted.function?.undeclared ?? []);
  return problems.length > 0 ? { ok: false, diagnostics: problems } : { ok: true, value: paths };
}

function namedByDepfiles({ session, pins, task }: TaskRun): Result<readonly string[]> {
  const makers = session.makers();
  const named: string[] = [];
  for (const depfile of task.depfiles) {
    const parsed = readDepfile(task, depfile, session.workspace.root);
    if (!parsed.ok) return parsed;
    named.push(...parsed.value);
    const absent = parsed.value.filter((path) => !makers.has(path) && pins.identify(path) === undefined);
    if (absent.length > 0) session.emit({ kind: "diagnostic", diagnostic: absentNames(task, depfile, absent) });
  }
  return { ok: true, value: named };
}

function foundElsewhere(task: Task, path: string, maker: string): Diagnostic {
  return {
    code: "INC4206",
    severity: "error",
    message: `task "${task.id}" read "${path}", which task "${maker}" makes, but it does not depend on that task`,
    location: task.location,
    help: [`add it: inputs: [${maker}], so that "${maker}" runs first`],
  };
}
