import { Command, Flags } from "@oclif/core";
import { MANIFEST_FLAGS } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { withPipeline } from "../cli/with-pipeline.ts";
import type { Expansion } from "../model/evaluation/expansion.ts";
import type { Task } from "../model/graph.ts";
import { pathName } from "../model/object-name.ts";

export default class List extends Command {
  static override summary = "List the tasks and services of a pipeline";
  static override description = "All units of a fan-out share one line; with names, or --units, each has its own.";
  static override usage = "list [MANIFEST] [TASK...] [FLAGS]";
  static override examples = [
    "<%= config.bin %> list",
    "<%= config.bin %> list clean",
    "<%= config.bin %> list --json",
  ];
  static override strict = false;
  static override flags = {
    ...MANIFEST_FLAGS,
    units: Flags.boolean({ description: "Print a line for each unit" }),
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(List);
    return withPipeline(
      { positionals: argv as string[], params: flags.param, graphOnly: true },
      async ({ graph, named }) => {
        const tasks = named.size === 0 ? graph.tasks : graph.tasks.filter(({ id }) => named.has(id));
        if (flags.json) printJson(tasks.map(summary));
        else {
          for (const line of listLines(tasks, flags.units || named.size > 0)) print(line);
          if (named.size === 0) for (const expansion of graph.expansions ?? []) printUnexpanded(expansion);
        }
        return { ok: true, value: 0 };
      },
    );
  }
}

/** A group of which no unit is known. */
function printUnexpanded({ group, task, digest, problems }: Expansion): void {
  if (digest === null) print(`${group}  its units are known once ${task} has run`);
  else if (problems !== undefined) print(`${group}  no units: ${problems[0]?.message ?? ""}`);
}

function summary({ id, aliases, group, key, description, outputs, rerun, service, location }: Task) {
  return {
    id,
    aliases,
    group,
    key,
    description,
    outputs: outputs.map(({ path }) => pathName(path)),
    rerun,
    service,
    location,
  };
}

/** One line per task. The units of an `each` share a line, unless `each` is true. */
function listLines(tasks: readonly Task[], each: boolean): string[] {
  const names = new Map<string, { units: Set<string>; text: string }>();
  for (const task of tasks) {
    const name = each ? task.id : (task.group ?? task.id);
    const text = [task.service === undefined ? "" : "service", task.description].filter(Boolean).join("  ");
    const known = names.get(name) ?? { units: new Set(), text };
    if (!each && task.key !== undefined && task.isOwn !== true) known.units.add(task.key);
    names.set(name, known);
  }
  const width = Math.max(0, ...[...names.keys()].map((name) => name.length));
  return [...names].map(([name, { units, text }]) => {
    const count = units.size === 0 ? "" : `${units.size} ${units.size === 1 ? "unit" : "units"}`;
    return `${name.padEnd(width)}  ${[count, text].filter(Boolean).join("  ")}`.trimEnd();
  });
}
