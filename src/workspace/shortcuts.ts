/**
 * False when INC_SHORTCUTS is `none`: then every path is examined and every task decided from the beginning, whatever the last
 * run left. For tests, which compare both, and for bug reports: the decisions have to be the same.
 */
export function takesShortcuts(): boolean {
  return process.env["INC_SHORTCUTS"] !== "none";
}

/** True when INC_SHORTCUTS is `all`: then a short way is also taken where there is too little to gain by it. For tests. */
export function takesEveryShortcut(): boolean {
  return process.env["INC_SHORTCUTS"] === "all";
}
