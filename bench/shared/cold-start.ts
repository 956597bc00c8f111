import { INC, type Tool } from "../peers/tools.ts";
import { TURBO } from "../peers/turbo.ts";
import type { Contestant } from "../timing/rounds.ts";
import { Site } from "../work/site.ts";
import { layeredGraph } from "../work/workload.ts";

/** What `turbo` and its server know each other by. */
export const TURBO_TOKEN = "bench-t0ken";

/** inc with a shared cache. */
export function incWith(address: string): Tool {
  return { ...INC, env: { INC_REMOTE: address, INC_REMOTE_SCOPE: "main" } };
}

/** Turborepo with a remote cache, and its own limits of time. */
export function turboWith(url: string): Tool {
  const env = { ...TURBO.env, TURBO_API: url, TURBO_TOKEN, TURBO_TEAM: "team_bench" };
  return { ...TURBO, env, ran: (text) => TURBO.ran(text, 0) };
}

/** The jobs of a CI that begins with nothing but sources. */
export class ColdStarts {
  readonly #sites: readonly Site[];

  constructor(tools: readonly Tool[], tasks: number) {
    this.#sites = tools.map((tool) => new Site(tool, layeredGraph(tasks, tool.place)));
  }

  /** Builds once, which fills the caches. */
  async fill(): Promise<void> {
    for (const site of this.#sites) {
      site.renew();
      const { ran } = await site.build();
      if (ran !== site.workload.steps.length)
        throw new Error(`${site.tool.name} ran ${ran} tasks: its cache was not empty`);
    }
  }

  /** @param ideal How many tasks are to run. */
  contestants(ideal: number): readonly Contestant[] {
    return this.#sites.map((site) => ({
      name: site.tool.name,
      change: async () => site.renew(),
      turn: async () => {
        const build = await site.build();
        const wrong = site.wrongOutput;
        if (wrong !== undefined) throw new Error(`${site.tool.name}: ${wrong} differs from a build from scratch`);
        if (build.ran !== ideal) throw new Error(`${site.tool.name} ran ${build.ran} tasks, not ${ideal}`);
        return build;
      },
    }));
  }

  end(): void {
    for (const site of this.#sites) site.end();
  }
}
