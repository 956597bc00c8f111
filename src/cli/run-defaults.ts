import type { RunOptions } from "../run/session/options.ts";

/** Run options for commands that lack the flags of `inc run`. */
export const RUN_DEFAULTS = {
  extra: [],
  keepGoing: true,
  adopt: false,
  cacheRead: true,
  cacheWrite: true,
  lockWait: Number.POSITIVE_INFINITY,
  replay: false,
} as const satisfies Partial<RunOptions>;
