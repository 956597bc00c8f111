import { randomInt } from "node:crypto";
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";

/** INC_MOVING_SEED repeats a walk; INC_MOVING_STEPS makes it longer. */
const SEED = Number(process.env["INC_MOVING_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_MOVING_STEPS"] ?? 60);

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const GEN = `export const gen = task(sh\`echo g > \${out("d/gen.txt")}\`);`;

/** Tasks whose commands read more than interpolated paths: a whole directory, and a set by a pattern of their own. */
const READERS = `
const s = files("s/**/*.txt");
export const one = task(sh\`cat \${file("in.txt")} > \${out("b/one")}\`);
export const dir = task(sh\`find \${file("d")} -type f | LC_ALL=C sort | xargs cat > \${out("b/dir")}\`);
export const set = task(sh\`find s -name '*.txt' | LC_ALL=C sort | xargs cat > \${out("b/set")}\`, { inputs: [s] });
export const say = task(sh\`\${tool("./bin/say")} > \${out("b/say")}\`);
export const last = task(sh\`cat \${dir} \${set} > \${out("b/last")}\`);
const wide = files("{s,in}{/**/*,}.txt");
export const tree = task(sh\`mkdir -p t/s && cp in.txt t && cp -r s/. t/s\`, { inputs: [wide], outputs: { t: "t/" } });
export const leaf = task(sh\`find \${tree} -type f | LC_ALL=C sort | xargs cat > \${out("b/leaf")}\`);
`;

/** Edits between few states, so that each soon recurs and reveals a wrong entry. */
function edit(random: Random): void {
  const text = `${random.pick(["p", "q"])}\n`;
  const path = random.pick(["in.txt", "bin/say", "d/x", "d/sub/y", "s/x.txt", "s/sub/y.txt"]);
  if (path === "in.txt") rig.write(path, text);
  else if (path === "bin/say") rig.write(path, `#!/bin/sh\necho ${text}`, 0o755);
  else if (rig.exists(path)) rig.remove(path);
  else rig.write(path, "j\n");
}

/** Replaces a path for a moment: a task may read it meanwhile, though it looks unchanged afterwards. */
function goAndComeBack(random: Random): void {
  const path = random.pick(["in.txt", "d/a", "s/a.txt", "s", "d"]);
  renameSync(rig.path(path), rig.path("away"));
  if (random.chance(0.7)) rig.write(path.length > 1 ? path : `${path}/a`, "t\n");
  rig.remove(path);
  renameSync(rig.path("away"), rig.path(path));
}

function contentOf(directory: string): string {
  const paths = readdirSync(rig.path(directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`);
  return paths
    .sort()
    .map((path) => readFileSync(path, "utf8"))
    .join("");
}

function expected(): Record<string, string> {
  const [dir, set] = [contentOf("d"), contentOf("s")];
  const say = rig.read("bin/say").split("echo ").at(-1) as string;
  return { one: rig.read("in.txt"), dir, set, say, last: dir + set, leaf: rig.read("in.txt") + set };
}

test(`edits while tasks run never end up in entries of earlier inputs (INC_MOVING_SEED=${SEED})`, {
  timeout: 60_000 + STEPS * 20_000,
}, async () => {
  console.log(`moving: seed ${SEED}, ${STEPS} steps`);
  const random = new Random(SEED);
  for (const path of ["in.txt", "d/a", "s/a.txt"]) rig.write(path, "a\n");
  rig.write("bin/say", "#!/bin/sh\necho a\n", 0o755);
  for (let step = 0; step < STEPS; step += 1) {
    rig.manifest((random.chance(0.5) ? GEN : "") + READERS);
    const moving = rig.start(["run", "--json", "-k", "-j", String(2 + random.below(3))]);
    moving.child.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.includes(`"attempt-started"`)) (random.chance(0.3) ? goAndComeBack : edit)(random);
    });
    await moving.ended;
    const { code, stdout, stderr } = await rig.run("run");
    expect([step, code], stdout + stderr).toEqual([step, 0]);
    const found = Object.fromEntries(Object.keys(expected()).map((name) => [name, rig.read(`b/${name}`)]));
    expect([step, found], stdout).toEqual([step, expected()]);
  }
});
