import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { Rigs } from "../../support/rig.ts";
import { type ClusterSettings, HEAD, RayCluster, whyNoCluster } from "./cluster.ts";
import { Links } from "./links.ts";

/** What the tests of a suite have: a cluster for all of them, and of the rest each its own. */
export interface RaySuite {
  readonly cluster: RayCluster;
  readonly rigs: Rigs;
  readonly links: Links;
  /** Flags of a run on that cluster. */
  flags(): readonly string[];
}

/** Tests on a Ray cluster of three nodes. Where there can be none they are skipped, which is said. */
export function describeOnRay(title: string, settings: ClusterSettings, body: (suite: RaySuite) => void): void {
  const why = whyNoCluster();
  if (why !== undefined) console.log(`skipped: ${title}: ${why}`);
  describe.skipIf(why !== undefined)(title, () => {
    let cluster: RayCluster | undefined;
    const begun = (): RayCluster => {
      if (cluster === undefined) throw new Error("a test asks for the cluster before it has begun");
      return cluster;
    };
    const [rigs, links] = [new Rigs(), new Links()];

    beforeAll(async () => {
      cluster = await RayCluster.start(settings);
    });

    afterAll(() => cluster?.close());

    afterEach(() => {
      links.close();
      return rigs.close();
    });

    body({
      get cluster() {
        return begun();
      },
      rigs,
      links,
      flags: () => ["--executor", "ray", "--ray-address", HEAD, "--ray-python", begun().python],
    });
  });
}
