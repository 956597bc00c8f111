import type { Loaded } from "../access/pipeline.ts";
import { exposedPassword, remoteAddress } from "../access/remote-address.ts";
import { PLATFORM } from "../execute/machine.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { DOWNLOADS, type Download } from "../model/download.ts";
import type { Emit } from "../model/event.ts";
import type { RemoteConfig } from "../model/graph.ts";
import type { Result } from "../model/result.ts";
import type { BundledRun } from "../store/remote/bundles/fetched-bundles.ts";
import { namedDownload } from "../workspace/request.ts";
import type { RunOptions } from "./session/options.ts";

/** How long the runs of a watch do without a shared cache that did not answer one of them, in milliseconds. */
const REST = 60_000;

/**
 * Runs with results of other machines, where they are shared: what a run asks for is looked up there, and what it makes is
 * taken there while it goes on. Without a shared cache nothing of it is loaded. The runs of a watch take and give nothing: what
 * is made between two edits is rarely what others look for, and the next run would wait for it.
 * @param run Is given the options with what looks up and shares.
 */
export async function runShared<T>(
  loaded: Loaded,
  options: RunOptions,
  emit: Emit,
  run: (options: RunOptions) => Promise<Result<T>>,
): Promise<Result<T>> {
  const { remote: config = {} } = loaded.graph.config;
  const address = remoteAddress(options.remote, config);
  if (address === undefined) return run(options);
  // A watch brings everything: its user works with the outputs.
  const { resident } = options;
  const brings = resident === undefined ? downloadOf(options, config) : ({ ok: true, value: "all" } as const);
  if (!brings.ok) return brings;
  const bringing: RunOptions = { ...options, brings: brings.value };
  if (options.dry || !options.cacheWrite) return run(bringing);
  if (resident !== undefined && Date.now() < resident.remote.restsUntil) return run(bringing);
  const { openRemote } = await import("../store/remote/open-remote.ts");
  const opened = await openRemote({
    address,
    config,
    run: bundledRun(loaded, options),
    warn: (diagnostic) => emit({ kind: "diagnostic", diagnostic }),
    left: () => {
      if (resident !== undefined) resident.remote.restsUntil = Date.now() + REST;
    },
  });
  if (!opened.ok) return opened;
  const { lookup, sharing, unshared, use, close } = opened.value;
  const warnings = resident === undefined ? [...exposedPassword(options.remote), ...unshared] : [];
  for (const diagnostic of warnings) emit({ kind: "diagnostic", diagnostic });
  try {
    const gives = resident === undefined && options.resultsOnly !== true;
    return await run({ ...bringing, lookup, remoteUse: use, ...(gives ? defined({ sharing }) : {}) });
  } finally {
    close();
  }
}

function bundledRun({ graph, tasks, store, narrowed }: Loaded, options: RunOptions): BundledRun {
  return {
    platform: PLATFORM,
    manifest: graph.manifest,
    tasks: options.tasks,
    params: options.params,
    count: tasks.filter(({ service, rerun }) => service === undefined && rerun !== "always").length,
    isCold: store.history.latestRun() === undefined,
    mayGrow: graph.expansions !== undefined,
    isWhole: !narrowed,
  };
}

/** The flag beats the variable, which beats the manifest. */
function downloadOf({ download }: RunOptions, config: RemoteConfig): Result<Download> {
  const written = namedDownload(download) ?? config.download ?? "all";
  const known = DOWNLOADS.find((name) => name === written);
  return known === undefined ? { ok: false, diagnostics: [badDownload(written)] } : { ok: true, value: known };
}

function badDownload(variable: string): Diagnostic {
  return {
    code: "INC1048",
    severity: "error",
    message: `INC_REMOTE_DOWNLOAD is "${variable.slice(0, 100)}", which is no choice of what to bring from a shared cache`,
    help: ["use all, toplevel (outputs of the tasks that are asked for) or minimal (what tasks that run need)"],
  };
}
