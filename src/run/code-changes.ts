import { CodeTexts } from "../access/code-texts.ts";
import type { Loaded } from "../access/pipeline.ts";
import { changedLines } from "../fingerprint/diff.ts";
import type { Change, CodeChange } from "../model/description.ts";
import type { Digest } from "../model/digest.ts";
import type { CodePart } from "../model/task/code-table.ts";

/** Adds the lines that differ to what is said of code: from the texts that attempts left in the store, and from the modules as they are now. */
export class CodeChanges {
  readonly #loaded: Loaded;
  readonly #texts: CodeTexts;
  /** Digest → part. */
  #parts: ReadonlyMap<Digest, CodePart> | undefined;

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.#texts = new CodeTexts(loaded.workspace, loaded.cached);
  }

  withLines(changes: readonly Change[]): readonly Change[] {
    return changes.map((change) =>
      change.aspect === "code" ? { ...change, parts: change.parts.map((part) => this.#withLines(part)) } : change,
    );
  }

  #withLines(change: CodeChange): CodeChange {
    const [before, after] = [this.#textOf(change.before), this.#textOf(change.after)];
    if (before === undefined || after === undefined) return change;
    return { ...change, text: changedLines(before.split("\n"), after.split("\n")) };
  }

  #textOf(digest: Digest | undefined): string | undefined {
    if (digest === undefined) return undefined;
    const { graph, store } = this.#loaded;
    this.#parts ??= new Map((graph.code?.parts ?? []).map((part) => [part.digest, part]));
    const part = this.#parts.get(digest);
    return (part === undefined ? undefined : this.#texts.of(part)) ?? store.history.code(digest);
  }
}
