/** Between a path and a process id: the name under which a file is written beside the place that it is for. */
export const TEMPORARY_MARK = ".inc-";

/** Where to write what is to be renamed to a path: on the same file system, and found again after a crash. */
export function temporaryBeside(path: string): string {
  return `${path}${TEMPORARY_MARK}${process.pid}`;
}
