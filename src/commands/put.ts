import { Command, Flags } from "@oclif/core";
import { mergeFunctionOf } from "../access/merge-function.ts";
import type { Loaded } from "../access/pipeline.ts";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { splitManifest } from "../cli/flag-spec.ts";
import { MANIFEST_FLAGS } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { withPipeline } from "../cli/with-pipeline.ts";
import { findObject } from "../graph/objects.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { objectName } from "../model/object-name.ts";
import type { Result } from "../model/result.ts";
import type { RunOptions } from "../run/session/options.ts";
import { compactAfterPut } from "../store/upkeep/collect.ts";
import { type Put as Outcome, put } from "../versions/put/put.ts";
import { type Taken, takeArgument } from "../versions/put/take.ts";

const NAME_AND_FILE: Diagnostic = {
  code: "INC1003",
  severity: "error",
  message: "put takes the name of an object and a file",
  help: ["inc put NAME FILE, or inc put NAME - for stdin"],
};

export default class Put extends Command {
  static override summary = "Publish a version of an object that the manifest declares";
  static override description =
    "Publishes a file, a directory, or - for stdin. If --if-version is not the latest version, the object's policy decides: refuse (exit 1), win, or merge. Without --if-version the last put wins, whatever the policy; an object with requireBase refuses it.";
  static override usage = "put [MANIFEST] NAME FILE|- [FLAGS]";
  static override examples = [
    "<%= config.bin %> put rates rates.json",
    "curl … | <%= config.bin %> put rates - --if-version 3 --message 'from the bank'",
  ];
  static override strict = false;
  static override flags = {
    ...MANIFEST_FLAGS,
    "if-version": Flags.integer({
      description: "The version that this one is based on; 0: none yet",
      helpValue: "N",
      min: 0,
    }),
    message: Flags.string({ char: "m", description: "Note to record with the version", helpValue: "TEXT" }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Put);
    const { manifest, tasks } = splitManifest(argv as string[]);
    const [name, file, ...rest] = tasks;
    if (name === undefined || file === undefined || rest.length > 0) return printDiagnostics([NAME_AND_FILE]);
    const positionals = manifest === undefined ? [] : [manifest];
    return withPipeline(
      { positionals, params: flags.param, graphOnly: true, objectsOnly: true },
      async (loaded, options) => {
        const outcome = await publish(loaded, options, { ...flags, name, file });
        if (!outcome.ok) return outcome;
        return { ok: true, value: report(name, outcome.value, flags.json) };
      },
    );
  }
}

interface Publication {
  /** The object's name. */
  readonly name: string;
  /** The file's path, as typed; `-`: stdin. */
  readonly file: string;
  readonly "if-version"?: number | undefined;
  readonly message?: string | undefined;
}

async function publish(loaded: Loaded, options: RunOptions, publication: Publication): Promise<Result<Outcome>> {
  const { name, file, "if-version": ifVersion, message } = publication;
  const object = findObject(loaded.graph, name);
  if (!object.ok) return object;
  const merge = await mergeFunctionOf(loaded, options, object.value);
  if (!merge.ok) return merge;
  const request = {
    object: object.value,
    ...defined({ ifVersion, message, merge: merge.value }),
  };
  const use = async (take: () => Result<Taken>): Promise<Result<Outcome>> => {
    const taken = take();
    if (!taken.ok) return taken;
    const before = loaded.store.history.latest(objectName("object", name))?.size ?? 0;
    const value = await put(loaded.store, { ...request, taken: taken.value, again: take });
    await compactAfterPut(loaded.store, before);
    return { ok: true, value };
  };
  return takeArgument(loaded, file, use);
}

function report(name: string, outcome: Outcome, json: boolean): number {
  if (outcome.kind === "conflict") {
    if (json) printJson({ kind: outcome.kind, code: outcome.diagnostic.code, latest: outcome.latest ?? null });
    printDiagnostics([outcome.diagnostic]);
    return 1;
  }
  const { version } = outcome;
  if (json) printJson(outcome);
  else if (outcome.kind === "unchanged") print(`${name}@${version.n} already has that content`);
  else if (version.cause === "merged")
    print(`${name}@${version.n}, merged from ${version.parents?.map((n) => `${name}@${n}`).join(" and ")}`);
  else print(`${name}@${version.n}`);
  return 0;
}
