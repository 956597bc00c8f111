import { type Limits, needsOf } from "../../src/plan/ready-queue.ts";

export function limitsOf(jobs: number, pools: ReadonlyMap<string, number> = new Map()): Limits {
  return { jobs, capacity: (pool) => pools.get(pool), needs: needsOf };
}
