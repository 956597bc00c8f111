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
  INC3001: "a store from a newer inc",
  INC3002: "a store on a network file system",
  INC3003: "a damaged store",
  INC3004: "a full disk",
  INC3005: "a store that may not be written",
  INC3006: "another run holds the workspace",
  INC4001: "a task failed",
  INC4101: "an unreadable file",
  INC4102: "an input that is no file",
  INC4201: "an input is missing when its task is to run",
  INC4202: "a tool is missing",
  INC4203: "inputs moved during the run",
  INC4204: "an output directory holds files that inc did not write",
  INC4205: "a task gave another result for the same inputs",
  INC4206: "a found input is made by a task that is not upstream",
  INC4207: "someone's bytes at an output could not be kept",
  INC4208: "a variable is not passed to a task",
  INC4301: "a command could not be started",
  INC4302: "an output was not made",
  INC4303: "an output is not what it was declared to be",
  INC4304: "an output's place cannot be used",
  INC4305: "an unusable depfile",
  INC4306: "a pipe without bash",
  INC4307: "a command line that is too long",
  INC4308: "a stale output was kept",
} as const;

export type DiagnosticCode = keyof typeof CODES;
