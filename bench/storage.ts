import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Keeper, keepers } from "./peers/keepers.ts";
import { median } from "./timing/statistics.ts";
import { type Content, type Spread, variants } from "./work/variants.ts";

/**
 * The space and time that many versions of one large file take, compared with plain copies, git and DVC (from PATH).
 *
 *     --size 100MB --versions 100 --change 1%   --quick: 20 MB, 20 versions
 *     --data noise|csv --spread region|blocks --keeper NAME   measure only this one
 *     --gc-limit 300   seconds after which `git gc` is given up
 */
const { values: flags } = parseArgs({
  options: {
    size: { type: "string" },
    versions: { type: "string" },
    change: { type: "string", default: "1%" },
    quick: { type: "boolean", default: false },
    data: { type: "string" },
    spread: { type: "string" },
    keeper: { type: "string" },
    "gc-limit": { type: "string", default: "300" },
  },
});
const size = Number.parseFloat(flags.size ?? (flags.quick ? "20MB" : "100MB")) * 1e6;
const versions = Number(flags.versions ?? (flags.quick ? 20 : 100));
const part = Number.parseFloat(flags.change) / 100;

console.log(`node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`);
for (const content of ["noise", "csv"] as const)
  for (const spread of ["region", "blocks"] as const)
    if ((flags.data ?? content) === content && (flags.spread ?? spread) === spread) await compare(content, spread);

async function compare(content: Content, spread: Spread): Promise<void> {
  const where = spread === "region" ? "one region" : "blocks of 4 KiB all over it";
  console.log(`\n## ${versions} versions of ${size / 1e6} MB of ${content}, ${flags.change} changed in ${where}`);
  console.log("keeper | MB | of one version | before compaction | store, s | compact, s | restore, ms | note");
  for (const keeper of keepers(Number(flags["gc-limit"]))) {
    if ((flags.keeper ?? keeper.name) !== keeper.name) continue;
    console.log(`${keeper.name} | ${keeper.absent() ?? (await measure(keeper, content, spread))}`);
  }
}

async function measure(keeper: Keeper, content: Content, spread: Spread): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "inc-bench-storage-"));
  try {
    const keeping = keeper.begin(root);
    const middle = versions >> 1;
    let wanted: Buffer | undefined;
    let stored = 0;
    let n = 0;
    for (const bytes of variants({ content, spread, bytes: size, count: versions, part })) {
      writeFileSync(join(root, "data"), bytes);
      n += 1;
      if (n === middle) wanted = bytes;
      stored += timed(() => keeping.store(n));
    }
    const before = keeping.bytes();
    let note = "";
    const compacted = timed(() => {
      note = keeping.compact?.() ?? "";
    });
    const after = keeping.bytes();
    const restored = median([0, 1, 2].map(() => timed(() => keeping.restore(middle))));
    if (wanted === undefined || !readFileSync(join(root, "restored")).equals(wanted))
      throw new Error(`${keeper.name} gave other bytes`);
    await keeping.end();
    const seconds = [stored, compacted].map((time) => (time / 1000).toFixed(1));
    return [megabytes(after), ratio(after), ratio(before), ...seconds, restored.toFixed(0), note].join(" | ");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

function ratio(bytes: number): string {
  return `${(bytes / size).toFixed(2)}×`;
}
