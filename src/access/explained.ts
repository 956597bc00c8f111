import type { Result } from "../model/result.ts";
import { explain } from "../model/system-error.ts";

/** Runs `work`. An explicable system error, such as a full disk, becomes a failed result; others are rethrown. */
export async function explained<T>(work: () => Promise<T>): Promise<T | Extract<Result<never>, { ok: false }>> {
  try {
    return await work();
  } catch (error) {
    const diagnostics = explain(error);
    if (diagnostics === undefined) throw error;
    return { ok: false, diagnostics };
  }
}
