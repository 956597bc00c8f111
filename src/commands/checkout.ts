import { Command, Flags } from "@oclif/core";
import { printDiagnostics } from "../cli/diagnostics.ts";
import { JSON_OUTPUT } from "../cli/oclif-flags.ts";
import { print, printJson } from "../cli/print.ts";
import { placeIn } from "../cli/with-history.ts";
import { withLocked } from "../cli/with-workspace.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { printable } from "../model/printable.ts";
import type { Result } from "../model/result.ts";
import type { CheckedOut } from "../versions/checkout/checkout.ts";
import type { Plan, Target } from "../versions/checkout/plan.ts";
import type { Open } from "../workspace/open-workspace.ts";

const NOTHING_NAMED: Diagnostic = {
  code: "INC1003",
  severity: "error",
  message: "checkout takes a run or versions of objects",
  help: ["inc checkout build/report.json@2, or inc checkout 20261123T150933412-4f2a9c; inc log NAME shows both"],
};

export default class Checkout extends Command {
  static override summary = "Put earlier versions back in the workspace";
  static override description =
    "NAME@VERSION puts back one version; RUN puts back all outputs of its pipeline as they were when the run ended. Unsaved edits are not overwritten; --force preserves them as versions first. No version is appended: the next inc run restores the outputs that belong to the current inputs.";
  static override usage = "checkout RUN|NAME@VERSION... [FLAGS]";
  static override examples = [
    "<%= config.bin %> checkout build/report.json@2",
    "<%= config.bin %> checkout 20261123T150933412-4f2a9c --dry",
  ];
  static override strict = false;
  static override flags = {
    dry: Flags.boolean({ description: "Show what would be put back, and change nothing" }),
    force: Flags.boolean({ char: "f", description: "Preserve unsaved edits as versions, then overwrite them" }),
    ...JSON_OUTPUT,
  };

  override async run(): Promise<number> {
    const { flags, argv } = await this.parse(Checkout);
    if (argv.length === 0) return printDiagnostics([NOTHING_NAMED]);
    return withLocked(!flags.dry, (open, command) => perform(open, argv as string[], { ...flags, command }));
  }
}

interface Request {
  readonly dry: boolean | undefined;
  readonly force: boolean | undefined;
  readonly json: boolean | undefined;
  /** The command line, as typed. */
  readonly command: string;
}

async function perform(open: Open, references: readonly string[], request: Request): Promise<Result<number>> {
  const { planCheckout } = await import("../versions/checkout/plan.ts");
  const { checkout } = await import("../versions/checkout/checkout.ts");
  const { chooseVersions } = await import("../versions/checkout/choice.ts");
  const chosen = chooseVersions(references, placeIn(open.workspace.root, open.store));
  if (!chosen.ok) return chosen;
  const plan = planCheckout(open, chosen.value, request.command, request.force === true);
  if (!plan.ok) return plan;
  const done = request.dry ? undefined : checkout(open, plan.value, request.command);
  if (done?.ok === false) return done;
  report(plan.value, done?.value, request);
  return { ok: true, value: done === undefined || done.value.problems.length === 0 ? 0 : 1 };
}

function report({ targets, obstacles }: Plan, done: CheckedOut | undefined, { dry, json }: Request): void {
  const preserved = done?.preserved ?? [];
  const left = new Set(done?.problems.map(({ path }) => path));
  const put = targets.filter(({ inPlace, path }) => !inPlace && !left.has(path));
  const inPlace = targets.length - put.length - left.size;
  if (done !== undefined) printDiagnostics(done.problems.map(({ diagnostic }) => diagnostic));
  if (json) {
    const name = ({ version: { name, n } }: Target) => ({ name, n });
    printJson({
      dry: dry === true,
      removed: obstacles.map(({ path }) => path),
      putBack: put.map(name),
      inPlace: targets.filter((target) => target.inPlace).map(name),
      kept: preserved,
    });
    return;
  }
  const verb = dry ? "would put back" : "put back";
  const removed = dry ? "would remove" : "removed";
  for (const { name, n } of preserved) print(`preserved ${printable(name)}@${n}, which was edited`);
  for (const { path } of obstacles) print(`${removed} ${printable(path)}, where there was a directory`);
  for (const { version } of put) print(`${verb} ${printable(version.name)}@${version.n}`);
  if (inPlace > 0) print(`${inPlace} in place already`);
}
