import { staticFingerprint } from "../../src/fingerprint/fingerprint.ts";
import type { Digest } from "../../src/model/digest.ts";
import type { Fetched } from "../../src/store/remote/remote.ts";
import type { Rig } from "../support/rig.ts";
import { withRigStore } from "../support/store.ts";

/** The answer to a look-up of a task's result. */
export interface Answer {
  readonly answer: "hit" | "miss" | "error" | "hang";
  /** True: the answer comes once the test releases `lookup-TASK`. */
  readonly held: boolean;
}

/** Answers by the fingerprint that a look-up asks for. */
export type Archive = Record<
  string,
  Answer & { readonly task: string; readonly fetched: Fetched; readonly blobs: string[] }
>;

/** Moves the results of all tasks out of a workspace, as if another machine had made them. */
export async function archiveResults(rig: Rig, outputs: readonly string[]): Promise<Archive> {
  const archive: Archive = {};
  await withRigStore(rig, (store) => {
    for (const task of outputs) {
      const [found] = store.history.records("pipeline.ts", task, 1);
      if (found === undefined) throw new Error(`no record of ${task}`);
      const { seq: _seq, ...record } = found;
      const entry = store.entry(record.fingerprint);
      if (entry === undefined) throw new Error(`no entry of ${task}`);
      const digests = entry.outputs.flatMap(({ identity }) => (identity.type === "file" ? [identity.digest] : []));
      const blobs = [...digests, ...(entry.log === undefined ? [] : [entry.log])].map((digest: Digest) =>
        (store.blobs.read(digest) as Buffer).toString("base64"),
      );
      const { description } = record;
      const asked = description.found === undefined ? entry.fingerprint : staticFingerprint(description, store.hasher);
      archive[asked] = { task, answer: "hit", held: false, fetched: { entry, record }, blobs };
    }
  });
  rig.remove(".inc");
  rig.remove("build");
  return archive;
}

/** The archive with the answers of some tasks replaced. */
export function answering(archive: Archive, answers: Readonly<Record<string, Partial<Answer>>>): Archive {
  return Object.fromEntries(
    Object.entries(archive).map(([fingerprint, known]) => [fingerprint, { ...known, ...answers[known.task] }]),
  );
}
