import { Command, Flags } from "@oclif/core";
import { withWorkspace } from "../access/workspace.ts";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { print } from "../cli/print.ts";
import { findManifest } from "../manifest/find.ts";
import { shortDigest } from "../model/digest.ts";
import type { Version } from "../model/entry.ts";
import { printable } from "../report/text/printable.ts";
import { follow } from "../versions/follow.ts";

export default class Subscribe extends Command {
  static override summary = "Follow versions as they are made and published, by any process";
  static override description =
    "One line a version, in order, each at least once. Remember the first number of the last line you have dealt with, and go on from there with --since.";
  static override usage = "subscribe [NAME...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> subscribe",
    "<%= config.bin %> subscribe object:rates --since 120 --json",
  ];
  static override strict = false;
  static override flags = {
    since: Flags.integer({
      description: "Begin behind this place in the sequence; 0: with the first version there is (default: from now on)",
      helpValue: "SEQ",
      min: 0,
    }),
    json: Flags.boolean({ description: "One JSON object a line on stdout, and nothing else there" }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Subscribe);
    const found = findManifest(process.cwd(), undefined);
    if (!found.ok) return printDiagnostics(found.diagnostics);
    const stop = new AbortController();
    const end = (): void => stop.abort();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, end);
    // Whoever read this has gone: there is nobody left to tell.
    process.stdout.once("error", end);
    const matches = matcher(argv as string[]);
    const result = await withWorkspace(found.value.workspace, undefined, async ({ store }) => {
      const options = { signal: stop.signal, ...(flags.since === undefined ? {} : { since: flags.since }) };
      for await (const version of follow(store, options))
        if (matches(version.name)) print(flags.json ? JSON.stringify(version) : lineOf(version));
      return { ok: true, value: 130 };
    });
    if (result === "interrupted") return 130;
    return result.ok ? result.value : printDiagnostics(result.diagnostics);
  }
}

/** True for the names that were asked for, in full or with `*`; `rates` stands for `object:rates` too. */
function matcher(names: readonly string[]): (name: string) => boolean {
  if (names.length === 0) return () => true;
  const patterns = names.map((name) => {
    const source = name.split("*").map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^(object:)?${source.join(".*")}$`, "s");
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}

function lineOf({ seq, name, n, cause, identity, time }: Version): string {
  const digest = identity.type === "symlink" ? `→ ${identity.text}` : shortDigest(identity.digest);
  return `${seq}  ${printable(name)}@${n}  ${cause}  ${digest}  ${new Date(time).toISOString()}`;
}
