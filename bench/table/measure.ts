import { BARE_NODE, contestantOf, floors, fromQuietDisk } from "../peers/contestants.ts";
import { INC, type Tool } from "../peers/tools.ts";
import { whereTimeGoes } from "../timing/profile.ts";
import { type Comparison, type Contestant, compare } from "../timing/rounds.ts";
import { COLD, type Scenario } from "../work/scenarios.ts";
import { Site } from "../work/site.ts";
import type { Place, Workload } from "../work/workload.ts";
import { judge } from "./goals.ts";
import type { Line } from "./report.ts";
import type { Row, Stage } from "./table.ts";

const asNamed: Place = (path) => path;

/** The workspaces of a stage, one for each tool. */
export class Measurement {
  readonly #limit: number;
  #sites: Site[];
  readonly #faults: string[] = [];

  /** @param limit Milliseconds after which a row gets no further round, except for the first three. */
  constructor(stage: Stage, tools: readonly Tool[], limit: number) {
    this.#limit = limit;
    const common = stage.workload(asNamed);
    const workloadOf = ({ place }: Tool): Workload => (place === undefined ? common : stage.workload(place));
    this.#sites = tools.map((tool) => new Site(tool, workloadOf(tool)));
  }

  /** Measures rows of the stage, and gives each line to `report` at once. */
  async run(rows: readonly Row[], report: (line: Line) => void): Promise<void> {
    try {
      const cold = rows.find(({ scenario }) => scenario === COLD);
      if (cold !== undefined) report(await this.#measure(cold));
      else await this.#inEach(buildCold);
      for (const row of rows) {
        if (row === cold) continue;
        await this.#inEach(settle);
        report(await this.#measure(row));
      }
    } finally {
      for (const site of this.#sites) site.end();
    }
  }

  /** A tool that fails is left out from then on; its message comes with the next line. */
  async #inEach(work: (site: Site) => Promise<void>): Promise<void> {
    const failures = new Map<string, string>();
    for (const site of this.#sites)
      await work(site).catch((error: Error) => failures.set(site.tool.name, error.message));
    this.#leaveOut(failures);
  }

  async #measure(row: Row): Promise<Line> {
    const { scenario, flags = [], goals } = row;
    const looksAtMemory = goals.some(({ kind }) => kind === "memory");
    const sites = flags.length === 0 ? this.#sites : this.#sites.filter(({ tool }) => tool === INC);
    const contestants: Contestant[] = sites.map((site) => contestantOf(site, scenario, { flags, looksAtMemory }));
    const made = this.#sites.find(({ tool }) => tool.name === "make");
    const isArtifact = this.#sites[0]?.workload.kind === "artifact";
    if (isArtifact && scenario === COLD && made !== undefined) contestants.push(...floors(made));
    const turns = isArtifact ? contestants.map(fromQuietDisk) : contestants;
    const { measured, failures } = await compare([...turns, BARE_NODE], this.#limit);
    this.#leaveOut(failures);
    const faults = [...this.#faults.splice(0), ...this.#wrong(row, measured)];
    const verdicts = goals.map((goal) => judge(goal, measured));
    const isMissed = verdicts.some(({ result }) => result === "MISSED");
    const where = isMissed ? await this.#profile(scenario, flags) : undefined;
    return { work: row.work, measured, verdicts, faults, where, ideal: this.#ideal(scenario) };
  }

  #leaveOut(failures: Comparison["failures"]): void {
    this.#faults.push(...[...failures].map(([name, message]) => `${name}: ${message}`));
    const failed = (site: Site): boolean => failures.has(site.tool.name);
    for (const site of this.#sites) if (failed(site)) site.end();
    this.#sites = this.#sites.filter((site) => !failed(site));
  }

  /** Outputs that differ from a build from scratch, and tasks of inc that ran needlessly or did not run. */
  #wrong({ scenario, work }: Row, measured: Comparison["measured"]): string[] {
    const ideal = this.#ideal(scenario);
    const counts = measured.get("inc")?.ran.filter((ran) => ran !== ideal) ?? [];
    const outputs = this.#sites.flatMap(({ wrongOutput, tool }) =>
      wrongOutput === undefined ? [] : `${tool.name}: ${wrongOutput} differs from a build from scratch`,
    );
    return [...counts.map((ran) => `inc ran ${ran} tasks for "${work}", not ${ideal}`), ...outputs];
  }

  #ideal(scenario: Scenario): number {
    const [site] = this.#sites;
    return site === undefined ? 0 : scenario.ideal(site);
  }

  /** Runs it once more, and says where inc's time goes. */
  async #profile(scenario: Scenario, flags: readonly string[]): Promise<string | undefined> {
    const site = this.#sites.find(({ tool }) => tool === INC);
    if (site === undefined) return undefined;
    await scenario.change(site);
    return whereTimeGoes([...INC.command.slice(2), ...flags], site.root);
  }
}

async function buildCold(site: Site): Promise<void> {
  site.renew();
  await site.build();
}

/** The first builds after one read files again that were written a moment before. */
async function settle(site: Site): Promise<void> {
  await site.build();
  await site.build();
}
