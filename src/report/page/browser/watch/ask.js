// @ts-check
/** @import { PageProblem } from "../../pictures.ts" */

/**
 * Asks inc watch. The path is relative, because the cookie that admits belongs to the path of the page.
 * @template T
 * @param {"log" | "lineage"} path
 * @param {Readonly<Record<string, string>>} query
 * @returns {Promise<T | PageProblem>}
 */
export async function ask(path, query) {
  try {
    const response = await fetch(`${path}?${new URLSearchParams(query)}`);
    if (response.headers.get("content-type")?.startsWith("application/json")) return await response.json();
    return { problem: (await response.text()).trim() };
  } catch {
    return { problem: "inc watch does not answer" };
  }
}
