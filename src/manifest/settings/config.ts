import { defined } from "../../model/defined.ts";
import { DiagnosticError } from "../../model/diagnostic.ts";
import { DOWNLOADS, type Download } from "../../model/download.ts";
import type { Keep, RemoteConfig } from "../../model/graph.ts";
import type { Location } from "../../model/location.ts";
import type { ExecutorName } from "../../model/task/executor.ts";
import { callSite } from "../call-site.ts";
import type { ConfigDeclaration } from "../declaration.ts";
import { declarationOf } from "../handle.ts";
import { Config, type OutputRef, type Task, type Units } from "../handles.ts";
import { badSize, parseSize } from "../units.ts";
import { executorConfig, type Ray } from "./ray.ts";

/** Settings of a pipeline. */
export interface ConfigOptions {
  /** What runs when no task is named. Default: all but manual ones. */
  readonly default?: readonly (Task | Units | OutputRef<"task" | "each">)[];
  /** How many attempts run at once: `4`, or a share of the cores, `"50%"`. A flag and INC_JOBS beat it. */
  readonly jobs?: number | string;
  /** Capacity of resource pools: `{ gpu: 2, memory: "8GB" }`. */
  readonly resources?: Readonly<Record<string, number | string>>;
  /** Of which versions of sources the bytes are retained: `"none"`, `"small"` (files up to 16 MiB) or `"all"`. Default: small. */
  readonly keep?: Keep;
  /** Where commands run whose tasks say nothing else: `ray({ … })`, or `"local"`, this machine. `--executor` beats it. */
  readonly executor?: Ray | ExecutorName;
  /** Where results are shared with other machines: `"https://cache.example.com/inc/"`, or with the keys that readers trust. */
  readonly remote?: string | RemoteOptions;
}

/** A shared cache. */
export interface RemoteOptions {
  /** `file:///shared/inc`, `s3://bucket/prefix`, `http://…` or `https://…`. `--remote` and INC_REMOTE beat it. */
  readonly url?: string;
  /**
   * Public Ed25519 keys: only results that the holder of one of them signed count. PEM, or the line within it. A key with a
   * `scope` (`"main"`, `"pr/*"`) counts there alone.
   */
  readonly keys?: readonly (string | { readonly key: string; readonly scope: string })[];
  /**
   * Which outputs are brought from there: `"all"`; those of the tasks that are asked for, and of others what attempts need
   * (`"toplevel"`); only what attempts need (`"minimal"`). `--remote-download` and INC_REMOTE_DOWNLOAD beat it. Default: all.
   */
  readonly download?: Download;
}

function startable(handle: unknown, location: Location): NonNullable<ConfigDeclaration["default"]>[number] {
  const declaration = declarationOf(handle);
  if (declaration?.kind === "task" || declaration?.kind === "each" || declaration?.kind === "projection")
    return declaration;
  throw new DiagnosticError({
    code: "INC2017",
    severity: "error",
    message: "config() has a default that is not a task",
    location,
    help: ["use tasks, not names: default: [build]"],
  });
}

/**
 * Settings; only as the default export.
 * @example export default config({ default: [test], jobs: "50%" });
 */
export function config(options: ConfigOptions): Config {
  const location = callSite();
  const resources = Object.entries(options.resources ?? {}).map(([pool, amount]) => {
    const parsed = typeof amount === "number" ? amount : parseSize(amount);
    if (parsed === undefined) throw badSize(`the pool "${pool}"`, String(amount), location);
    return [pool, parsed] as const;
  });
  return new Config({
    kind: "config",
    ...(options.default === undefined
      ? {}
      : {
          default: options.default.map((handle) => startable(handle, location)),
        }),
    ...defined({
      jobs: options.jobs,
      keep: options.keep,
      remote: remoteConfig(options.remote, location),
      executor: executorConfig(options.executor, location),
    }),
    resources: Object.fromEntries(resources),
    location,
  });
}

function remoteConfig(remote: ConfigOptions["remote"], location: Location): RemoteConfig | undefined {
  if (remote === undefined) return undefined;
  const { url, keys = [], download }: RemoteOptions = typeof remote === "string" ? { url: remote } : remote;
  if (url !== undefined) checkUrl(url, location);
  const parsed = keys.map((key) => (typeof key === "string" ? { key, scope: "*" } : key));
  const isKey = ({ key, scope }: { key: unknown; scope: unknown }): boolean =>
    typeof key === "string" && typeof scope === "string";
  if (!parsed.every(isKey)) throw unusableRemote("a key that is no text", `keys: ["MCowBQYDK2Vw…"]`, location);
  if (download !== undefined && !DOWNLOADS.includes(download))
    throw unusableRemote(`the download "${String(download)}"`, `download: "minimal", "toplevel" or "all"`, location);
  return defined({ url, keys: parsed.length === 0 ? undefined : parsed, download });
}

function checkUrl(url: string, location: Location): void {
  const parsed = URL.parse(url);
  if (parsed === null) throw unusableRemote(`"${url}", which is no URL`, `remote: "file:///shared/inc"`, location);
  // A manifest is in a repository.
  if (parsed.username !== "" || parsed.password !== "")
    throw unusableRemote("an address with a user", "set INC_REMOTE, or INC_REMOTE_TOKEN", location);
}

function unusableRemote(what: string, help: string, location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2032",
    severity: "error",
    message: `config() names a shared cache by ${what}`,
    location,
    help: [help],
  });
}
