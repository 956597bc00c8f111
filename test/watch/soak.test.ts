import { on } from "node:events";
import { chmodSync, mkdirSync, readdirSync, renameSync, symlinkSync, utimesSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../oracle/random.ts";
import { Rig } from "../support/rig.ts";
import type { Running } from "../support/running.ts";

const ROUNDS = 20;
const CHECKOUT = 2000;

const PIPELINE = `
export const upper = each(files("data/*.txt"), (f) => task(sh\`tr a-z A-Z < \${f} > \${out(\`build/\${f.stem}.up\`)}\`));
export const all = task(sh\`cat \${upper} > \${out("build/all")}\`);
export const deep = task(sh\`cat \${files("deep/**/*.txt")} > \${out("build/deep")}\`);
export const many = task(sh\`find many -type f | sort | xargs cat > \${out("build/many")}\`, { inputs: [files("many/**")] });
export const mark = task(sh\`cat \${file("mark.txt")} > \${out("build/mark")}\`);`;

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create(PIPELINE);
  rig.write("mark.txt", "start");
  rig.write("many/d0/f0", "0\n");
  rig.write("data/a.txt", "a\n");
  rig.write("deep/0.txt", "deep\n");
});

afterEach(() => rig.close());

/** A watch, and a way to wait until it has seen all edits so far. */
class Soak {
  readonly running: Running;
  readonly #lines: AsyncIterator<unknown[]>;
  #marks = 0;

  constructor() {
    this.running = rig.start(["watch", "--json", "-j", "2"]);
    const input = this.running.child.stdout as NodeJS.ReadableStream;
    this.#lines = on(createInterface({ input }), "line");
  }

  /** Events keep their order: a watch that has seen the second mark has begun a run after all edits before the first. */
  async settled(): Promise<void> {
    await this.#mark();
    await this.#mark();
  }

  async #mark(): Promise<void> {
    this.#marks += 1;
    const text = `mark ${this.#marks}`;
    rig.write("mark.txt", text);
    for (;;) {
      const { value } = await this.#lines.next();
      const quiet = JSON.parse(String(value[0])).kind === "watch-quiet";
      if (quiet && rig.exists("build/mark") && rig.read("build/mark") === text) return;
    }
  }

  async stop(): Promise<number | null> {
    this.running.child.kill("SIGINT");
    return (await this.running.ended).code;
  }
}

/** Edits the sources at random, and knows what a build of them makes. */
class Sources {
  readonly #random: Random;
  readonly #texts = new Map<string, string>();
  /** Files below `deep/`, by path. */
  readonly #deep = new Map([["0.txt", "deep\n"]]);
  #steps = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    for (const name of ["a", "b", "c"]) this.#write(name, `${name}\n`);
  }

  step(): void {
    this.#steps += 1;
    const names = [...this.#texts.keys()];
    const name = this.#random.pick(names);
    switch (this.#random.below(11)) {
      case 0:
        this.#write(this.#random.pick(["a", "b", "c", "d", "e", "f"]), `text ${this.#steps}\n`);
        break;
      case 1:
        this.#write(name, this.#random.pick(["one\n", "two\n"]));
        break;
      case 2:
        if (names.length > 1) this.#remove(name);
        break;
      case 3:
        this.#rename(name, this.#random.pick(["a", "b", "g", "h"]));
        break;
      case 4:
        utimesSync(rig.path(`data/${name}.txt`), this.#steps, this.#steps);
        break;
      case 5:
        if (rig.exists("build/all")) rig.write("build/all", `by hand ${this.#steps}`);
        break;
      case 6:
        rig.remove(`build/${name}.up`);
        break;
      case 7:
        this.#writeDeep(`${this.#random.pick(["x", "y", "x/z"])}/${this.#random.pick(["1", "2"])}.txt`);
        break;
      case 8:
        this.#moveDeep(this.#random.pick(["x", "y", "x/z"]), undefined);
        break;
      case 9:
        this.#moveDeep(this.#random.pick(["x", "y"]), this.#random.pick(["v", "w"]));
        break;
      default:
        this.#replace(name, `saved ${this.#steps}\n`);
    }
  }

  /** The content of every file that should be below `build/`, except the mark and the results of `many/`. */
  expected(): Record<string, string> {
    const names = [...this.#texts.keys()].sort();
    const upper = (name: string): string => (this.#texts.get(name) as string).toUpperCase();
    return Object.fromEntries([
      ...names.map((name) => [`${name}.up`, upper(name)]),
      ["all", names.map(upper).join("")],
      [
        "deep",
        [...this.#deep.keys()]
          .sort()
          .map((path) => this.#deep.get(path))
          .join(""),
      ],
    ]);
  }

  #write(name: string, text: string): void {
    this.#texts.set(name, text);
    rig.write(`data/${name}.txt`, text);
  }

  #remove(name: string): void {
    this.#texts.delete(name);
    rig.remove(`data/${name}.txt`);
  }

  /** Saves a file as editors do: writes another one and renames it. */
  #replace(name: string, text: string): void {
    rig.write(".data.swp", text);
    renameSync(rig.path(".data.swp"), rig.path(`data/${name}.txt`));
    this.#texts.set(name, text);
  }

  #writeDeep(path: string): void {
    const text = `deep ${this.#steps}\n`;
    this.#deep.set(path, text);
    rig.write(`deep/${path}`, text);
  }

  /** Removes a directory, or renames it to take the place of another one. */
  #moveDeep(from: string, to: string | undefined): void {
    if (!rig.exists(`deep/${from}`)) return;
    const inside = [...this.#deep].filter(([path]) => path.startsWith(`${from}/`));
    for (const [path] of this.#deep)
      if (path.startsWith(`${from}/`) || (to !== undefined && path.startsWith(`${to}/`))) this.#deep.delete(path);
    if (to === undefined) {
      rig.remove(`deep/${from}`);
      return;
    }
    rig.remove(`deep/${to}`);
    renameSync(rig.path(`deep/${from}`), rig.path(`deep/${to}`));
    for (const [path, text] of inside) this.#deep.set(`${to}${path.slice(from.length)}`, text);
  }

  #rename(from: string, to: string): void {
    renameSync(rig.path(`data/${from}.txt`), rig.path(`data/${to}.txt`));
    const text = this.#texts.get(from) as string;
    this.#texts.delete(from);
    this.#texts.set(to, text);
  }
}

function built(): Record<string, string> {
  const names = readdirSync(rig.path("build")).filter((name) => name !== "mark" && name !== "many");
  return Object.fromEntries(names.map((name) => [name, rig.read(`build/${name}`)]));
}

test.each([1, 2, 3])("after random edits, also during runs, the tree is a clean build's (seed %i)", async (seed) => {
  const sources = new Sources(seed);
  const random = new Random(seed + 1000);
  const soak = new Soak();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let steps = 1 + random.below(10); steps > 0; steps -= 1) {
      sources.step();
      // Now and then the run that an edit began is under way at the next one.
      for (let turns = random.below(3) * 10; turns > 0; turns -= 1) await new Promise(setImmediate);
    }
    if (random.chance(0.5)) continue;
    await soak.settled();
    expect(built()).toEqual(sources.expected());
  }
  await soak.settled();
  expect(built()).toEqual(sources.expected());
  expect(await soak.stop()).toBe(130);
});

test("a checkout of thousands of files, there and back", async () => {
  const soak = new Soak();
  await soak.settled();
  const before = rig.read("build/many");
  for (let file = 0; file < CHECKOUT; file += 1) rig.write(`many/d${file % 100}/e${file % 7}/f${file}`, `${file}\n`);
  await soak.settled();
  expect(rig.read("build/many").split("\n")).toHaveLength(CHECKOUT + 2);
  for (let directory = 0; directory < 100; directory += 1)
    for (let inner = 0; inner < 7; inner += 1) rig.remove(`many/d${directory}/e${inner}`);
  await soak.settled();
  expect(rig.read("build/many")).toBe(before);
  expect(await soak.stop()).toBe(130);
});

test("watch survives odd names, a cycle of symlinks, lost permission and a directory in the place of a file", async () => {
  const soak = new Soak();
  await soak.settled();
  for (const name of ["with space", "quo'te\"", "new\nline", "ünï", "*", "$(x)", "-n"]) rig.write(`odd/${name}`, name);
  symlinkSync("..", rig.path("odd/around"));
  mkdirSync(rig.path("locked"));
  chmodSync(rig.path("locked"), 0);
  rig.remove("build/mark");
  mkdirSync(rig.path("build/mark/in"), { recursive: true });
  rig.remove("build/mark");
  await soak.settled();
  chmodSync(rig.path("locked"), 0o700);
  rig.write("locked/file", "text");
  await soak.settled();
  expect(await soak.stop()).toBe(130);
});
