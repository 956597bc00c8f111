import { randomInt } from "node:crypto";
import { readFileSync, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import type { Outcome } from "../support/running.ts";
import { Random } from "./random.ts";

/** INC_SHORTCUTS_SEED repeats a walk; INC_SHORTCUTS_STEPS makes it longer. */
const SEED = Number(process.env["INC_SHORTCUTS_SEED"] ?? randomInt(2 ** 31));
const STEPS = Number(process.env["INC_SHORTCUTS_STEPS"] ?? 30);

/** Every path examined, every task decided from the beginning. */
const NONE = { env: { INC_SHORTCUTS: "none" } };

/** Every kind of input, and sets that begin in other places, overlap, are reached by links and obey git. */
const MANIFEST = `
export const one = task(sh\`cat \${file("in.txt")} > \${out("b/one")}\`);
export const two = task(sh\`cat \${file("two.txt", { optional: true })} > \${out("b/two")} 2>/dev/null || true\`);
export const linked = task(sh\`cat \${file("link.txt")} > \${out("b/linked")}\`);
export const dir = task(sh\`find \${file("d")} -type f | LC_ALL=C sort | xargs cat > \${out("b/dir")}\`);
export const deep = task(sh\`cat s/sub/*.txt > \${out("b/deep")} 2>/dev/null || true\`, { inputs: [files("s/sub/*.txt")] });
export const wide = task(sh\`find s -name '*.txt' | LC_ALL=C sort | xargs cat > \${out("b/wide")}\`, { inputs: [files("s/**/*.txt")] });
export const top = task(sh\`ls *.md > \${out("b/top")} 2>/dev/null || true\`, { inputs: [files("*.md")] });
export const through = task(sh\`cat \${files("l/*.txt", { gitignore: false })} > \${out("b/through")} 2>/dev/null || true\`);
export const say = task(sh\`\${tool("./bin/say")} > \${out("b/say")}\`);
export const found = task(sh\`cat in.txt > \${out("b/found")}; echo "b/found: in.txt d/a" > \${depfile("b/found.d")}\`);
export const parts = each(files("e/*.txt"), (part) => task(sh\`cat \${part} > \${out(\`b/e/\${part.name}\`)}\`));
export const all = task(sh\`cat \${parts} > \${out("b/all")}\`);
export const check = task(sh\`test -e \${one}\`);
export const last = task(sh\`cat \${dir} \${wide} \${two} > \${out("b/last")}\`, { inputs: [check] });
export const tree = task(sh\`mkdir -p t && cp in.txt t\`, { inputs: [file("in.txt")], outputs: { t: "t/" } });
export const leaf = task(sh\`cat \${tree}/* > \${out("b/leaf")}\`);
`;

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(MANIFEST);
  heal();
});

/** A state in which every task succeeds. */
function heal(): void {
  rig.write(".git/HEAD", "ref: refs/heads/main\n");
  for (const path of [".gitignore", "s/.gitignore", ".git/info/exclude"]) rig.remove(path);
  for (const path of [...SOURCES, ...KEPT]) rig.write(path, "a\n");
  rig.write("bin/say", "#!/bin/sh\necho a\n", 0o755);
  relink("link.txt", "in.txt");
  relink("l", "r");
}

afterEach(() => rig.close());

const TEXTS = ["a\n", "b\n", "c\n"];
/** Edited often: each is reached in several ways. */
const SOURCES = ["in.txt", "d/a", "s/a.txt", "s/sub/b.txt", "r/a.txt"];
/** So that no set is ever empty, which is an error. */
const KEPT = ["s/keep.txt", "s/sub/keep.txt", "r/keep.txt", "e/keep.txt", "keep.md"];
const OTHERS = ["two.txt", "d/sub/b", "s/new/c.txt", "s/sub/d.txt", "e/x.txt", "e/y.txt", "r/b.txt", "x.md", "s/n.log"];
const MADE = ["b/one", "b/wide", "b/last", "b/e/x.txt", "b/leaf", "t/in.txt", "b/found", "b/found.d", "b"];

/** Where symlinks are put, and what they lead to. */
const LINKS = [
  ["link.txt", ["in.txt", "d/a"]],
  ["l", ["r", "s", "s/sub"]],
  ["s/sub/b.txt", ["../a.txt", "../../in.txt", "nowhere"]],
] as const;

/** One edit, as a story. */
function edit(random: Random): string {
  const kind = random.below(14);
  const path = random.pick(random.chance(0.5) ? SOURCES : OTHERS);
  if (kind <= 4) return write(path, random.pick(TEXTS));
  if (kind === 5) {
    // The place of a member of sets, too.
    const [from, to] = random.pick(LINKS);
    return relink(from, random.pick(to));
  }
  if (kind === 6 || kind >= 12)
    return write(
      random.pick([".gitignore", ".gitignore", "s/.gitignore", ".git/info/exclude"]),
      random.pick(["", "a.txt\n", "sub/b*\n"]),
    );
  if (kind === 7) return write("bin/say", `#!/bin/sh\necho ${random.pick(["a", "b"])}\n`, 0o755);
  if (kind === 8) return remove(random.pick(MADE));
  if (kind === 9) return spoil(random.pick(MADE.slice(0, 5)));
  if (kind === 10) return touch(path);
  return SOURCES.includes(path) ? moveAway(path) : remove(path);
}

function write(path: string, text: string, mode?: number): string {
  rig.write(path, text, mode);
  return `write ${path} ${JSON.stringify(text)}`;
}

function remove(path: string): string {
  rig.remove(path);
  return `remove ${path}`;
}

function relink(path: string, target: string): string {
  rmSync(rig.path(path), { force: true });
  symlinkSync(target, rig.path(path));
  return `link ${path} to ${target}`;
}

function spoil(path: string): string {
  if (!rig.exists(path)) return "nothing";
  rig.write(path, "spoiled\n");
  return `spoil ${path}`;
}

function touch(path: string): string {
  const now = new Date();
  if (rig.exists(path)) utimesSync(rig.path(path), now, now);
  return `touch ${path}`;
}

/** Another file takes its place: other inode, same name. */
function moveAway(path: string): string {
  rig.write(`${path}.new`, "a\n");
  renameSync(rig.path(`${path}.new`), rig.path(path));
  return `replace ${path}`;
}

interface Told {
  readonly kind: string;
  readonly task: string;
  readonly result: string;
}

/** Task → what a run with --dry and no shortcuts says of it. */
async function foretold(): Promise<ReadonlyMap<string, string>> {
  const { stdout } = await rig.start(["run", "--dry", "--json", "-k"], NONE).ended;
  const events = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Told);
  return new Map(events.filter(({ kind }) => kind === "task-ended").map(({ task, result }) => [task, result]));
}

/** The same by `inc status`, which takes shortcuts. */
async function asked(): Promise<ReadonlyMap<string, string>> {
  const { tasks } = JSON.parse((await rig.run("status", "--json")).stdout) as { readonly tasks: readonly Told[] };
  return new Map(tasks.map(({ task, result }) => [task, result]));
}

/** Tasks that a run did something about, by its lines. */
function actedOn({ stdout }: Outcome): readonly string[] {
  return [...stdout.matchAll(/^(?:ran|restored) +(\S+)/gm)].map(([, task]) => task as string);
}

test(`shortcuts decide as a full look does (INC_SHORTCUTS_SEED=${SEED})`, {
  timeout: 60_000 + STEPS * 20_000,
}, async () => {
  console.log(`shortcuts: seed ${SEED}, ${STEPS} steps`);
  const random = new Random(SEED);
  const story: string[] = [];
  const debug = { INC_DEBUG: "plan", INC_DEBUG_FILE: rig.path(".git/debug") };
  await rig.run("run");
  for (let step = 0; step < STEPS; step += 1) {
    story.push(edit(random));
    if (random.chance(0.2)) story.push(edit(random));
    const before = await foretold();
    if (random.chance(0.3)) expect([step, await asked()], story.slice(-8).join("\n")).toEqual([step, before]);
    const outcome = await rig.start(["run"], { env: debug }).ended;
    const told = `${story.slice(-8).join("\n")}\n${outcome.stdout}${outcome.stderr}`;
    const needless = actedOn(outcome).filter((task) => before.get(task) === "fresh");
    expect([step, needless], told).toEqual([step, []]);
    story.push(`run: ${outcome.code}`);
    if (outcome.code === 0) {
      const stale = [...(await foretold())].filter(([, result]) => result !== "fresh");
      expect([step, stale], told).toEqual([step, []]);
    } else {
      heal();
      expect(await rig.run("run"), told).toMatchObject({ code: 0 });
    }
  }
  // Else the walk would prove nothing.
  const skipped = readFileSync(rig.path(".git/debug"), "utf8").match(/untouched [1-9]\d* tasks/g) ?? [];
  expect(skipped.length).toBeGreaterThan(STEPS / 5);
});
