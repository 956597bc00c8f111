import { randomInt } from "node:crypto";
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { Random } from "./random.ts";

/** INC_MOVING_SEED repeats a walk; INC_MOVING_STEPS makes it longer. */
const SEED = Number(process.env["INC_MOVING_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_MOVING_STEPS"] ?? 40);

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const GEN = `export const gen = task(sh\`echo g > \${out("d/gen.txt")}\`);`;

/**
 * Tasks whose commands read more than interpolated paths: a whole directory, and a set by a pattern of their own. They take
 * their time around it, so that what comes and goes meanwhile is read now and then.
 * @param salt Part of each command: another one makes all of them run again.
 */
function readers(salt: number): string {
  const declare = (name: string, command: string, options = ""): string =>
    `export const ${name} = task(sh\`: ${salt}; sleep .02; ${command}; sleep .04\`${options});`;
  const catAll = (where: string): string => `find ${where} | LC_ALL=C sort | xargs cat`;
  return `
const s = files("s/**/*.txt");
const wide = files("{s,in}{/**/*,}.txt");
${declare("one", `cat \${file("in.txt")} > \${out("b/one")}`)}
${declare("dir", `${catAll(`\${file("d")} -type f`)} > \${out("b/dir")}`)}
${declare("set", `${catAll("s -name '*.txt'")} > \${out("b/set")}`, ", { inputs: [s] }")}
${declare("say", `\${tool("./bin/say")} > \${out("b/say")}`)}
${declare("last", `cat \${dir} \${set} > \${out("b/last")}`)}
${declare("tree", "mkdir -p t/s && cp in.txt t && cp -r s/. t/s", `, { inputs: [wide], outputs: { t: "t/" } }`)}
${declare("deep", `cat \${file("f/a")} > \${out("b/deep")}`)}
${declare("leaf", `${catAll("${tree} -type f")} > \${out("b/leaf")}`)}
`;
}

/** Edits between few states, so that each soon recurs and reveals a wrong entry. */
function edit(random: Random): void {
  const text = `${random.pick(["p", "q"])}\n`;
  const path = random.pick(["in.txt", "bin/say", "f/a", "d/x", "d/sub/y", "s/x.txt", "s/sub/y.txt"]);
  if (path === "in.txt" || path === "f/a") rig.write(path, text);
  else if (path === "bin/say") rig.write(path, `#!/bin/sh\necho ${text}`, 0o755);
  else if (rig.exists(path)) rig.remove(path);
  // Never the same twice: what two attempts in doubt make alike counts.
  else rig.write(path, `j${random.below(2 ** 20)}\n`);
}

/**
 * Replaces a path, until the function that it returns puts it back: a task may read it meanwhile, though it looks unchanged
 * afterwards. What comes or goes in a directory then sets its times anew.
 */
function goAway(random: Random): () => void {
  const path = random.pick(["in.txt", "d/a", "s/a.txt", "s", "d", "f"]);
  renameSync(rig.path(path), rig.path("away"));
  // Never the same twice: what two attempts in doubt make alike counts, as where a command does without a file.
  if (path.includes("/") || random.chance(0.7))
    rig.write(path.length > 1 ? path : `${path}/a${path === "s" ? ".txt" : ""}`, `t${random.below(2 ** 20)}\n`);
  return () => {
    rig.remove(path);
    renameSync(rig.path("away"), rig.path(path));
    if (path !== "f" || random.chance(0.3)) return;
    if (rig.exists("f/more")) rig.remove("f/more");
    else rig.write("f/more", "m\n");
  };
}

/** A run, and edits while its tasks run. */
async function runAmidEdits(random: Random): Promise<void> {
  const moving = rig.start(["run", "--json", "-k", "-j", String(2 + random.below(3))]);
  let comeBack: (() => void) | undefined;
  moving.child.stdout?.on("data", (chunk: Buffer) => {
    comeBack?.();
    comeBack = undefined;
    if (!chunk.includes(`"attempt-started"`)) return;
    if (random.chance(0.5)) comeBack = goAway(random);
    else edit(random);
  });
  await moving.ended;
  comeBack?.();
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
  return {
    one: rig.read("in.txt"),
    dir,
    set,
    say,
    deep: rig.read("f/a"),
    last: dir + set,
    leaf: rig.read("in.txt") + set,
  };
}

test(`edits while tasks run never end up in entries of earlier inputs (INC_MOVING_SEED=${SEED})`, {
  timeout: 60_000 + STEPS * 20_000,
}, async () => {
  console.log(`moving: seed ${SEED}, ${STEPS} steps`);
  const random = new Random(SEED);
  for (const path of ["in.txt", "d/a", "s/a.txt", "f/a"]) rig.write(path, "a\n");
  rig.write("bin/say", "#!/bin/sh\necho a\n", 0o755);
  let salt = 0;
  for (let step = 0; step < STEPS; step += 1) {
    if (random.chance(0.3)) salt += 1;
    rig.manifest((random.chance(0.5) ? GEN : "") + readers(salt));
    await runAmidEdits(random);
    const { code, stdout, stderr } = await rig.run("run");
    expect([step, code], stdout + stderr).toEqual([step, 0]);
    const found = Object.fromEntries(Object.keys(expected()).map((name) => [name, rig.read(`b/${name}`)]));
    expect([step, found], stdout).toEqual([step, expected()]);
  }
});
