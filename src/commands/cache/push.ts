import { relative } from "node:path";
import { Command } from "@oclif/core";
import { lastGraph } from "../../access/last-graph.ts";
import { exposedPassword, remoteWithoutManifest } from "../../access/remote-address.ts";
import { recordsOfTaken, storedResults } from "../../access/stored-results.ts";
import { printDiagnostics } from "../../cli/diagnostics.ts";
import { JSON_OUTPUT, REMOTE_FLAG } from "../../cli/oclif-flags.ts";
import { print, printJson } from "../../cli/print.ts";
import { type HistoryContext, withHistory } from "../../cli/with-history.ts";
import { PLATFORM } from "../../execute/machine.ts";
import { select } from "../../graph/select.ts";
import type { Graph, Task } from "../../model/graph.ts";
import type { Result } from "../../model/result.ts";
import { pushLines } from "../../report/remote/push.ts";
import { openPlace } from "../../store/remote/open-remote.ts";
import { push } from "../../store/remote/push.ts";
import { unanswered } from "../../store/remote/troubles.ts";
import { scopeToWrite } from "../../store/remote/trust/scope-to-write.ts";

interface PushOptions {
  readonly names: readonly string[];
  readonly remote: string | undefined;
  readonly json: boolean;
}

export default class CachePush extends Command {
  static override summary = "Upload results that this machine made to the shared cache";
  static override description =
    "Signs them with the key of INC_SIGNING_KEY or INC_SIGNING_KEY_FILE. Evaluates no manifest and starts nothing, so that no code of the repository runs while the key is there: which tasks there are, and where results are shared, is what the last run left, unless --remote or INC_REMOTE names the place. TASK restricts it to tasks and what these need. What others made is not signed again. Exits with 1 if the shared cache did not take everything.";
  static override usage = "cache push [TASK...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> cache push",
    "<%= config.bin %> cache push test --remote file:///mnt/shared/inc",
  ];
  static override strict = false;
  static override flags = { ...REMOTE_FLAG, ...JSON_OUTPUT };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(CachePush);
    const options = { names: argv as string[], remote: flags.remote, json: flags.json };
    return withHistory((context) => pushFrom(context, options));
  }
}

async function pushFrom({ store, place: at }: HistoryContext, options: PushOptions): Promise<Result<number>> {
  const last = lastGraph(at.workspace);
  if (!last.ok) return last;
  const request = remoteWithoutManifest(options.remote, last.value.config.remote);
  if (!request.ok) return request;
  printDiagnostics(exposedPassword(options.remote));
  const tasks = selected(last.value, options.names, relative(at.workspace, at.cwd));
  if (!tasks.ok) return tasks;
  const place = await openPlace(request.value);
  if (!place.ok) return place;
  const { backend } = place.value;
  try {
    const scope = scopeToWrite(place.value);
    if (!scope.ok) return scope;
    const { results, unshared, taken } = storedResults(store, last.value, tasks.value);
    // As a run is asked that has the same names and no parameters.
    const run = { platform: PLATFORM, manifest: last.value.manifest, tasks: options.names, params: {}, isWhole: true };
    const bundle = { run, taken: recordsOfTaken(taken, scope.value, store) };
    const { blobs, history } = store;
    const pushed = await push(
      place.value,
      results,
      { blobs, node: (digest) => history.node(digest), bundle },
      scope.value,
    );
    const { address } = backend;
    if (options.json) printJson({ address, scope: scope.value, ...pushed, leftOut: unshared });
    else for (const line of pushLines(pushed, unshared, address)) print(line);
    const { trouble, failed, uploaded, present } = pushed;
    const left = results.length - uploaded.length - present.length;
    if (trouble !== undefined)
      printDiagnostics([unanswered(address, trouble, `${left} of ${results.length} results are not there`)]);
    return { ok: true, value: trouble !== undefined || failed.length > 0 ? 1 : 0 };
  } finally {
    backend.close();
  }
}

/** No names: all tasks that there are. */
function selected(graph: Graph, names: readonly string[], directory: string): Result<readonly Task[]> {
  if (names.length === 0) return { ok: true, value: graph.tasks };
  const chosen = select(graph, names, { directory });
  if (!chosen.ok) return chosen;
  const ids = new Set(chosen.value.ids);
  return { ok: true, value: graph.tasks.filter(({ id }) => ids.has(id)) };
}
