import { test } from "vitest";

/** A user that owns nothing, by its id. */
export const NOBODY = 65_534;

/** A test of what another user can do: it takes root to act as one. Elsewhere it is skipped, and its title says why. */
export function asRoot(title: string, body: () => void | Promise<void>): void {
  if (process.getuid?.() === 0) test(title, body);
  else test.skip(`${title} [skipped: only root can act as another user]`, body);
}
