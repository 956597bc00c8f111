/** Where commands can run: on this machine, or on a Ray cluster. */
export const EXECUTORS = ["local", "ray"] as const;

export type ExecutorName = (typeof EXECUTORS)[number];

/** Where commands run whose tasks say nothing else. */
export interface ExecutorConfig {
  readonly name: ExecutorName;
  /** Of a Ray cluster, as written in the manifest: `HOST:PORT`. A flag beats it. */
  readonly address?: string;
  /** As written in the manifest: an interpreter that has Ray. A flag beats it. */
  readonly python?: string;
}
