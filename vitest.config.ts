import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "inc-run": fileURLToPath(new URL("src/index.ts", import.meta.url)) } },
  test: {
    include: ["test/**/*.test.ts"],
    // The tests wait for processes most of the time. vitest leaves one core to itself: of two, it would use one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Longer than test/support/patience.ts waits for one event, and tells more of it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ["default", ["json", { outputFile: "coverage/report.json" }]],
    coverage: { provider: "v8", include: ["src/**/*.ts"], reporter: ["text-summary", "json-summary"] },
  },
});
