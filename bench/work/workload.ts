import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cksum } from "./cksum.ts";

/** One step of a generated build: reads some paths, writes one. */
export interface Step {
  readonly name: string;
  readonly reads: readonly string[];
  readonly output: string;
  readonly command: string;
}

/** A workload, from which each tool's build file is generated. */
export interface Workload {
  readonly kind: "graph" | "tree" | "artifact";
  readonly steps: readonly Step[];
  /** Source whose edit reaches one step. */
  readonly leaf: string;
  /** Source whose edit reaches ten steps of a graph with at least four layers. */
  readonly inner: string;
  readonly sources: readonly string[];
  content(source: string): string | Buffer;
  /** @returns The first output that differs from what a build from scratch makes of the current sources. */
  wrongOutput(root: string): string | undefined;
}

/** Where a tool has a path of a workload: it may want packages, or choose the directory of outputs itself. */
export type Place = (path: string) => string;
export type MakeWorkload = (place: Place) => Workload;

const asNamed: Place = (path) => path;
const nameOf = (source: string): string => `${source}\n`;

/** Tasks of a layer. */
const WIDTH = 100;

/** Layers of 100 shell steps; each reads a source of its own and two outputs of the layer before. */
export function layeredGraph(count: number, place = asNamed): Workload {
  const steps: Step[] = [];
  const source = (i: number): string => place(`src/${i}.txt`);
  for (let i = 0; i < count; i += 1) {
    const layer = Math.floor(i / WIDTH);
    const upstream = layer === 0 ? [] : [i - WIDTH, (layer - 1) * WIDTH + ((i + 1) % WIDTH)];
    const reads = [source(i), ...upstream.map((j) => place(`build/${j}.txt`))];
    const output = place(`build/${i}.txt`);
    steps.push({ name: `t${i}`, reads, output, command: `cksum ${reads.join(" ")} > ${output}` });
  }
  const fourthLast = Math.max(0, Math.ceil(count / WIDTH) - 4) * WIDTH;
  return {
    kind: "graph",
    steps,
    leaf: source(count - 1),
    inner: source(Math.min(fourthLast + WIDTH / 2, count - 1)),
    sources: steps.map((_, i) => source(i)),
    content: nameOf,
    wrongOutput: (root) => wrongSum(steps, root),
  };
}

/** Makes the lines of `cksum` anew, each from the outputs that it should have read. */
function wrongSum(steps: readonly Step[], root: string): string | undefined {
  const made = new Map<string, Buffer>();
  for (const { reads, output } of steps) {
    const lines = reads.map((path) => {
      const bytes = made.get(path) ?? readFileSync(join(root, path));
      return `${cksum(bytes)} ${bytes.length} ${path}\n`;
    });
    const expected = Buffer.from(lines.join(""));
    made.set(output, expected);
    if (!readFileSync(join(root, output)).equals(expected)) return output;
  }
  return undefined;
}

/** Bytes of a file of the tree, as of a small source. */
const FILE = 2048;

/** Twenty steps, each of which reads the files of its own part of a tree. */
export function fileTree(files: number, place = asNamed): Workload {
  const directories = 20;
  const each = Math.floor(files / directories);
  const steps = Array.from({ length: directories }, (_, d): Step => {
    const reads = Array.from({ length: each }, (_, i) => place(`tree/d${d}/s${i % 50}/f${i}.txt`));
    const output = place(`build/d${d}.txt`);
    const command = `find ${place(`tree/d${d}`)} -name 'f*.txt' | LC_ALL=C sort | xargs cat | cksum > ${output}`;
    return { name: `t${d}`, reads, output, command };
  });
  const leaf = place("tree/d7/s3/f3.txt");
  return {
    kind: "tree",
    steps,
    leaf,
    inner: leaf,
    sources: steps.flatMap(({ reads }) => reads),
    content: (source) => nameOf(source).repeat(FILE).slice(0, FILE),
    wrongOutput: (root) =>
      steps.find((step) => readFileSync(join(root, step.output), "utf8") !== sumOf(step, root))?.output,
  };
}

/** The line of `cksum` for the files that a step over a part of the tree should have read, in the order of `sort`. */
function sumOf({ reads }: Step, root: string): string {
  const bytes = Buffer.concat([...reads].sort().map((path) => readFileSync(join(root, path))));
  return `${cksum(bytes)} ${bytes.length}\n`;
}

/** Bytes of the source of the large artifact, and how often it is repeated: together 1 GiB. */
const BLOCK = 2 ** 24;
const BLOCKS = 64;

/** A step that makes 1 GiB, and one that copies it. */
export function largeArtifact(place = asNamed): Workload {
  const [source, made, copied] = [place("src/0.txt"), place("build/0.txt"), place("build/1.txt")];
  const command = `cat${` ${source}`.repeat(BLOCKS)} > ${made}`;
  const steps = [
    { name: "t0", reads: [source], output: made, command },
    { name: "t1", reads: [made], output: copied, command: `cp ${made} ${copied}` },
  ];
  return {
    kind: "artifact",
    steps,
    leaf: source,
    inner: source,
    sources: [source],
    // Noise, which no tool can compress.
    content: () => randomBytes(BLOCK),
    wrongOutput: (root) => [made, copied].find((path) => !repeats(join(root, path), readFileSync(join(root, source)))),
  };
}

function repeats(path: string, block: Buffer): boolean {
  const bytes = Buffer.alloc(block.length);
  const file = openSync(path, "r");
  try {
    for (let n = 0; n < BLOCKS; n += 1)
      if (readSync(file, bytes) !== block.length || !bytes.equals(block)) return false;
    return readSync(file, bytes) === 0;
  } finally {
    closeSync(file);
  }
}

/** Writes the sources of a workload below `root`. */
export function writeSources(workload: Workload, root: string): void {
  const made = new Set<string>();
  for (const source of workload.sources) {
    const path = join(root, source);
    const directory = dirname(path);
    if (!made.has(directory)) mkdirSync(directory, { recursive: true });
    made.add(directory);
    writeFileSync(path, workload.content(source));
  }
}
