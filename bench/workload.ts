import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** One step of a generated build: reads some paths, writes one. */
export interface Step {
  readonly name: string;
  readonly reads: readonly string[];
  readonly output: string;
  readonly command: string;
}

/** A workload, from which each tool's build file is generated. */
export interface Workload {
  readonly title: string;
  readonly steps: readonly Step[];
  /** A directory that a step reads as a whole, by glob; undefined: steps name their inputs. */
  readonly tree?: { readonly directories: number; readonly files: number };
  /** Source whose edit reaches one step. */
  readonly leaf: string;
  readonly sources: readonly string[];
}

const WIDTH = 100;

/** W1: layers of 100 shell steps; each reads a source of its own and two outputs of the layer before. */
export function layeredGraph(count: number): Workload {
  const steps: Step[] = [];
  const sources: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const source = `src/${i}.txt`;
    const layer = Math.floor(i / WIDTH);
    const upstream =
      layer === 0 ? [] : [i - WIDTH, (layer - 1) * WIDTH + ((i + 1) % WIDTH)].map((j) => `build/${j}.txt`);
    const reads = [source, ...upstream];
    const output = `build/${i}.txt`;
    sources.push(source);
    steps.push({ name: `t${i}`, reads, output, command: `cksum ${reads.join(" ")} > ${output}` });
  }
  return { title: `layered graph, ${count} tasks`, steps, leaf: `src/${count - 1}.txt`, sources };
}

/** W2: twenty steps, each over the files of its own part of a tree. */
export function fileTree(files: number): Workload {
  const directories = 20;
  const each = Math.floor(files / directories);
  const steps: Step[] = [];
  const sources: string[] = [];
  for (let d = 0; d < directories; d += 1) {
    const reads: string[] = [];
    for (let i = 0; i < each; i += 1) reads.push(`tree/d${d}/s${i % 50}/f${i}.txt`);
    sources.push(...reads);
    const output = `build/d${d}.txt`;
    steps.push({ name: `t${d}`, reads, output, command: `find tree/d${d} -name 'f*.txt' | wc -l > ${output}` });
  }
  return {
    title: `20 tasks over ${files} files`,
    steps,
    tree: { directories, files: each },
    leaf: "tree/d7/s3/f3.txt",
    sources,
  };
}

/** Writes the sources of a workload below `root`. */
export function writeSources(workload: Workload, root: string): void {
  const made = new Set<string>();
  for (const source of workload.sources) {
    const path = join(root, source);
    const directory = join(path, "..");
    if (!made.has(directory)) mkdirSync(directory, { recursive: true });
    made.add(directory);
    writeFileSync(path, `${source}\n`);
  }
}
