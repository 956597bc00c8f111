/** The line about the latest run in a workspace. Without a line feed. */
export function renderLatestRun(run: {
  readonly started: number;
  readonly exit?: number;
  readonly argv: readonly string[];
}): string {
  return `last run: ${new Date(run.started).toISOString()}, exit ${run.exit ?? "?"}, ${run.argv.join(" ")}`;
}
