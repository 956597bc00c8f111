import { test } from "vitest";

/** The id of a user that owns nothing. */
export const NOBODY = 65_534;

/** A test that acts as another user, which only root can. Otherwise it is skipped, and its title says why. */
export function asRoot(title: string, body: () => void | Promise<void>): void {
  if (process.getuid?.() === 0) test(title, body);
  else test.skip(`${title} [skipped: only root can act as another user]`, body);
}
