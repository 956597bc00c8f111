import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "inc-run": fileURLToPath(new URL("src/index.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    // Tests wait a third of their time, for servers that do not answer and for clocks: of two cores, two workers use 1.3.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // Longer than test/support/patience.ts waits for one event, and tells more of it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ["default", ["json", { outputFile: "coverage/report.json" }]],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
  },
});
