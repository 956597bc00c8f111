// Plain JavaScript, as in inc.js.
const { lstatSync, mkdirSync, statSync } = require("node:fs");
const { homedir } = require("node:os");
const { isAbsolute, join } = require("node:path");

const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

/**
 * A directory for compiled code that only this user can write: Node runs the code there without checking its source.
 * Undefined: there is no safe directory, and nothing is cached. Node's own default is a predictable name in the shared
 * temporary folder, where another user can plant code.
 */
exports.compileCacheDirectory = function compileCacheDirectory() {
  try {
    const home = cacheHome();
    mkdirSync(home, { recursive: true, mode: 0o700 });
    if (!isSafeParent(statSync(home))) return undefined;
    const directory = join(home, "inc");
    const compiled = join(directory, "compiled");
    return isPrivate(directory) && isPrivate(compiled) ? compiled : undefined;
  } catch {
    return undefined;
  }
};

function cacheHome() {
  const named = process.env.XDG_CACHE_HOME;
  return named !== undefined && isAbsolute(named) ? named : join(homedir(), ".cache");
}

/** True for a directory whose entries no other user can rename. */
function isSafeParent({ uid, mode }) {
  if (process.geteuid === undefined) return true;
  return (uid === process.geteuid() || uid === 0) && ((mode & OTHERS_MAY_WRITE) === 0 || (mode & STICKY) !== 0);
}

/** True for a directory, not a symlink, that only this user can access. A missing directory is made. */
function isPrivate(path) {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { mode: 0o700 });
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return false;
  return process.geteuid === undefined || (stat.uid === process.geteuid() && (stat.mode & 0o077) === 0);
}
