import { Command, Flags } from "@oclif/core";
import { graphOf } from "../access/graph.ts";
import { withWorkspace } from "../access/workspace.ts";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { onEnding } from "../cli/ending.ts";
import { print } from "../cli/print.ts";
import { readsOf } from "../graph/reads.ts";
import { findManifest } from "../manifest/find.ts";
import { defined } from "../model/defined.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { shortDigest } from "../model/digest.ts";
import { objectName } from "../model/object-name.ts";
import { printable } from "../model/printable.ts";
import { type Followed, follow, parsePosition } from "../versions/follow.ts";
import { unknownObject } from "../versions/reference-failure.ts";
import type { Open } from "../workspace/open-workspace.ts";

export default class Subscribe extends Command {
  static override summary = "Follow versions as any process makes or publishes them";
  static override description =
    "Prints one line per version, in order, each at least once. Remember the EPOCH:SEQ at the beginning of the last line that you processed, and continue from there with --since. If the store was replaced meanwhile, that is an error.";
  static override usage = "subscribe [NAME...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> subscribe",
    "<%= config.bin %> subscribe object:rates --since 3f2a9c01d4e5:120 --json",
  ];
  static override strict = false;
  static override flags = {
    since: Flags.string({
      description: "Begin after this place in the sequence; 0: with the first version (default: from now on)",
      helpValue: "[EPOCH:]SEQ",
    }),
    json: Flags.boolean({ description: "Print JSON objects, and nothing else, on stdout, one per line" }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Subscribe);
    const found = findManifest(process.cwd(), undefined);
    if (!found.ok) return printDiagnostics(found.diagnostics);
    const since = flags.since === undefined ? undefined : parsePosition(flags.since);
    if (flags.since !== undefined && since === undefined) return printDiagnostics([noPosition(flags.since)]);
    const stop = new AbortController();
    const end = (): void => stop.abort();
    onEnding(end);
    // An error of stdout means that its reader has gone: end the subscription.
    process.stdout.once("error", end);
    const matches = matcher(argv as string[]);
    const result = await withWorkspace(found.value.workspace, undefined, async (open) => {
      const { store } = open;
      const unknown = await unknownAmong(argv as string[], open, found.value.manifest);
      if (unknown !== undefined) return { ok: false, diagnostics: [unknownObject(unknown, store.history)] };
      const options = { signal: stop.signal, ...defined({ since }) };
      for await (const version of follow(store, options))
        if (matches(version.name)) print(flags.json ? JSON.stringify(version) : lineOf(version));
      return { ok: true, value: 130 };
    });
    if (result === "interrupted") return 130;
    return result.ok ? result.value : printDiagnostics(result.diagnostics);
  }
}

function noPosition(text: string): Diagnostic {
  return {
    code: "INC1003",
    severity: "error",
    message: `"--since ${text}" is not a place in the sequence`,
    help: ["write EPOCH:SEQ, as in the lines of inc subscribe, or a number"],
  };
}

/** The first name that neither the store nor the manifest knows: it would never get a version. */
async function unknownAmong(names: readonly string[], open: Open, manifest: string): Promise<string | undefined> {
  const { history } = open.store;
  const isStored = (name: string): boolean => [name, `object:${name}`].some((each) => history.count(each) > 0);
  const left = names.filter((name) => !name.includes("*") && !isStored(name));
  if (left.length === 0) return undefined;
  const cached = await graphOf(open, { manifest, params: {}, sources: false });
  // A manifest that cannot be evaluated may still declare the name.
  if (!cached.ok) return undefined;
  const { objects, params, envs, tools, tasks } = cached.value.graph;
  const declared = new Set([
    ...objects.flatMap(({ name }) => [name, objectName("object", name)]),
    ...params.map(({ name }) => objectName("param", name)),
    ...envs.map(({ name }) => objectName("env", name)),
    ...tools.map(({ name }) => objectName("tool", name)),
    ...tasks.flatMap((task) => [...task.outputs.map(({ path }) => path), ...readsOf(task).paths]),
  ]);
  return left.find((name) => !declared.has(name));
}

/** Matches the requested names, in full or with `*`; `rates` also matches `object:rates`. */
function matcher(names: readonly string[]): (name: string) => boolean {
  if (names.length === 0) return () => true;
  const patterns = names.map((name) => {
    const source = name.split("*").map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^(object:)?${source.join(".*")}$`, "s");
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}

function lineOf({ epoch, seq, name, n, cause, identity, time }: Followed): string {
  const digest = identity.type === "symlink" ? `→ ${identity.text}` : shortDigest(identity.digest);
  return `${epoch}:${seq}  ${printable(name)}@${n}  ${cause}  ${digest}  ${new Date(time).toISOString()}`;
}
