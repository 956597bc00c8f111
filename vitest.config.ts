import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Short files that take long. Where vitest knows no durations of an earlier run, it begins with the largest files, and ends with these. */
const LONG = /\/test\/oracle\b/;

/** At the end of a run no worker waits for another one, which is busy with a long file. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/**
 * Tests start programs that import src/ as it is: half a second for Node to strip types and compile each time, a third of that with this.
 * Workers of vitest hand it on to what they start with their own environment; inc, as a rig starts it, has a cache of its own.
 */
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/inc-tests-compiled", import.meta.url));

export default defineConfig({
  resolve: { alias: { "inc-run": fileURLToPath(new URL("src/index.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    // Tests wait a third of their time, for servers that do not answer and for clocks: of two cores, two workers use 1.3.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    sequence: { sequencer: LongFirst },
    // Files share the modules of src/ in a worker: nothing there is kept between tests but what a process may keep. Tests put back
    // what they change of the process.
    isolate: false,
    // Longer than test/support/patience.ts waits for one event, and tells more of it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ["default", ["json", { outputFile: "coverage/report.json" }]],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
  },
});
