import { join } from "node:path";
import { randomHex } from "../../host/random.ts";

/** Where a store has files that no other command needs. @param store Absolute path of its directory. */
export function temporaryIn(store: string): string {
  return join(store, "tmp");
}

let token: string | undefined;

/** 16 hexadecimal digits that this process alone uses: written down before the first name that carries them. */
export function temporaryToken(): string {
  token ??= randomHex(8);
  return token;
}

/**
 * Where to write a file before it is renamed to a path: next to it, on the same file system. The name is short
 * whatever the path's is, and no other process uses it, so that after a crash it can be removed by its token.
 */
export function temporaryBeside(path: string): string {
  return `${path.slice(0, path.lastIndexOf("/") + 1)}${temporaryName(temporaryToken())}`;
}

export function temporaryName(of: string): string {
  return `.inc-${of}`;
}

/** True for what may be a token in a journal. */
export function isTemporaryToken(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{16}$/.test(text);
}
