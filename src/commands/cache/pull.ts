import { Command, Flags } from "@oclif/core";
import { noRemote, remoteAddress } from "../../access/remote-address.ts";
import { MANIFEST_FLAGS } from "../../cli/oclif-flags.ts";
import { print, printJson } from "../../cli/print.ts";
import { announce } from "../../cli/with-pipeline.ts";
import { type Taking, withResults } from "../../cli/with-results.ts";
import { defined } from "../../model/defined.ts";
import type { Event } from "../../model/event.ts";
import type { Result } from "../../model/result.ts";
import { Pulled } from "../../report/remote/pulled.ts";
import { runLoaded } from "../../run/run.ts";
import { runShared } from "../../run/run-shared.ts";

export default class CachePull extends Command {
  static override summary = "Take the results of tasks from the shared cache, and run nothing";
  static override description =
    "Brings what inc run would find into the store, and puts outputs where a run would, so that a laptop can go offline. A task whose result is not found is left alone, and so is what depends on it. Exits with 1 if there are such tasks; those that always run, work in place or run only by hand have no results to take.";
  static override usage = "cache pull [MANIFEST] [TASK...] [FLAGS]";
  static override examples = ["<%= config.bin %> cache pull", "<%= config.bin %> cache pull test"];
  static override strict = false;
  static override flags = {
    ...MANIFEST_FLAGS,
    remote: Flags.string({
      description: "The shared cache (default: INC_REMOTE, then the manifest's config)",
      helpValue: "URL",
    }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(CachePull);
    return withResults({ positionals: argv as string[], params: flags.param }, ({ options, ...taking }) =>
      // To go offline takes all bytes.
      pull({ ...taking, options: { ...options, ...defined({ remote: flags.remote }), download: "all" } }, flags.json),
    );
  }
}

async function pull({ loaded, journal, options }: Taking, json: boolean): Promise<Result<number>> {
  if (remoteAddress(options.remote, loaded.graph.config.remote) === undefined)
    return { ok: false, diagnostics: [noRemote()] };
  const pulled = new Pulled();
  const emit = (event: Event): void => {
    announce(event);
    pulled.note(event);
  };
  const pulling = { ...options, onRound: pulled.noteRound };
  const ran = await runShared(loaded, pulling, emit, (shared) => runLoaded(loaded, journal, shared, emit));
  if (!ran.ok) return ran;
  if (json) printJson(pulled.summary);
  else for (const line of pulled.lines) print(line);
  return { ok: true, value: ran.value.exit === 130 ? 130 : pulled.summary.missing.length > 0 ? 1 : 0 };
}
