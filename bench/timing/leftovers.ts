/** What is to be undone when the bench ends early. */
const open = new Set<() => void>();

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.once("exit", () => {
  for (const undo of open) undo();
});

/** Calls `undo` when the bench ends, unless the function that is returned was called before. */
export function undoAtExit(undo: () => void): () => void {
  open.add(undo);
  return () => open.delete(undo);
}
