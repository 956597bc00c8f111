/** Where commands can run: on this machine, or on a Ray cluster. */
export const EXECUTORS = ["local", "ray"] as const;

export type ExecutorName = (typeof EXECUTORS)[number];

/**
 * By which way the inputs and outputs of attempts come to a Ray cluster and back: by its object store, or by the shared cache, which is a
 * server (`http`) or a directory (`shared`) then.
 */
export const RAY_DATA = ["objects", "http", "shared"] as const;

export type RayData = (typeof RAY_DATA)[number];

/** Where commands run whose tasks say nothing else. */
export interface ExecutorConfig {
  readonly name: ExecutorName;
  /** Of a Ray cluster, as written in the manifest: `HOST:PORT`. A flag beats it. */
  readonly address?: string;
  /** As written in the manifest: an interpreter that has Ray. A flag beats it. */
  readonly python?: string;
  /** Default: objects. A flag beats it. */
  readonly data?: RayData;
  /**
   * What Ray sets up for the processes that run tasks, as JSON of Ray's. Part of the fingerprints of tasks that the manifest gives to
   * Ray, wherever they run in the end: a flag changes no fingerprint.
   */
  readonly runtimeEnv?: string;
}
