/** Signals that end a command. Those of tasks run in process groups of their own, which a closing terminal does not signal. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** Has a signal end the command in order, not at once. Gives what undoes that. */
export function onEnding(end: () => void): () => void {
  for (const signal of ENDING) process.on(signal, end);
  return () => {
    for (const signal of ENDING) process.off(signal, end);
  };
}
