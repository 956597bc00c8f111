/**
 * Every diagnostic code, with what it stands for. A code is stable: it is never given to another failure.
 * 1xxx the command line and the machine, 2xxx manifest and graph, 3xxx the store, 4xxx a run.
 */
export const CODES = {
  INC1001: "unknown task name",
  INC1002: "no manifest found",
  INC1003: "unusable flag or argument",
  INC2001: "the manifest threw",
  INC2002: "a cycle",
  INC2003: "a missing input",
  INC2004: "two tasks with one output",
  INC4001: "a task failed",
} as const;

export type DiagnosticCode = keyof typeof CODES;
