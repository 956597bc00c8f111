import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Step, Workload } from "./workload.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** A build tool under measurement. */
export interface Tool {
  readonly name: string;
  /** Why it is not measured; undefined: it is installed. */
  absent(): string | undefined;
  /** Writes its build files below `root`, which already holds the sources. */
  prepare(workload: Workload, root: string): void;
  readonly command: readonly [string, ...string[]];
  /** Repetitions of a scenario; the median is reported. */
  readonly repeat: number;
}

function onPath(program: string): string | undefined {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return `${program} is not on PATH`;
  }
}

export const INC: Tool = {
  name: "inc",
  repeat: 7,
  absent: () => (existsSync(join(ROOT, "dist/commands/main.js")) ? undefined : "not built: npm run build"),
  command: [process.execPath, join(ROOT, "bin/inc.js"), "run", "-j", "2"],
  prepare(workload, root) {
    writeFileSync(join(root, "package.json"), `{ "type": "module" }\n`);
    writeFileSync(
      join(root, "pipeline.ts"),
      workload.tree === undefined ? graphManifest(workload) : treeManifest(workload),
    );
  },
};

/** inc without storing the bytes of sources: the difference is the cost of their history. */
export const INC_WITHOUT_SOURCES: Tool = {
  ...INC,
  name: "inc, sources not kept",
  prepare(workload, root) {
    INC.prepare(workload, root);
    const settings = `import { config } from "inc-run";\nexport default config({ keep: "none" });\n`;
    appendFileSync(join(root, "pipeline.ts"), settings);
  },
};

function graphManifest(workload: Workload): string {
  const data = JSON.stringify(workload.steps.map((step) => [step.output, step.reads]));
  return `import { file, out, sh, task } from "inc-run";
const made = new Map();
export const tasks = ${data}.map(([output, reads]) => {
  const inputs = reads.map((path) => made.get(path) ?? file(path));
  const [first, second, third] = inputs;
  const made_ = inputs.length === 1
    ? task(sh\`cksum \${first} > \${out(output)}\`)
    : task(sh\`cksum \${first} \${second} \${third} > \${out(output)}\`);
  made.set(output, made_);
  return made_;
});
`;
}

function treeManifest(workload: Workload): string {
  const lines = workload.steps.map(
    (step, d) =>
      `export const ${step.name} = task(sh\`find tree/d${d} -name 'f*.txt' | wc -l > \${out("${step.output}")}\`, { inputs: [files("tree/d${d}/**/*.txt")] });`,
  );
  return `import { files, out, sh, task } from "inc-run";\n${lines.join("\n")}\n`;
}

export const MAKE: Tool = {
  name: "make",
  repeat: 7,
  absent: () => onPath("make"),
  // Without the built-in rules, which it would try for every file.
  command: ["make", "-s", "-r", "-R", "-j", "2"],
  prepare(workload, root) {
    mkdirSync(join(root, "build"), { recursive: true });
    const rule = (step: Step): string => `${step.output}: ${step.reads.join(" ")}\n\t${step.command}\n`;
    const all = workload.steps.map((step) => step.output).join(" ");
    writeFileSync(join(root, "Makefile"), `all: ${all}\n${workload.steps.map(rule).join("")}`);
  },
};

export const NINJA: Tool = {
  name: "ninja",
  repeat: 7,
  absent: () => onPath("ninja"),
  command: ["ninja", "-j", "2", "--quiet"],
  prepare(workload, root) {
    const rule = (step: Step): string =>
      `build ${step.output}: run ${step.reads.join(" ")}\n  cmd = ${step.command.replaceAll("$", "$$")}\n`;
    writeFileSync(join(root, "build.ninja"), `rule run\n  command = $cmd\n${workload.steps.map(rule).join("")}`);
  },
};

export const WIREIT: Tool = {
  name: "wireit",
  repeat: 3,
  absent: () => (existsSync(join(ROOT, "node_modules/wireit")) ? undefined : "wireit is not installed"),
  command: ["npm", "run", "--silent", "all"],
  prepare(workload, root) {
    const producer = new Map(workload.steps.map((step) => [step.output, step.name]));
    const scripts: Record<string, string> = { all: "wireit" };
    const wireit: Record<string, unknown> = { all: { dependencies: workload.steps.map((step) => step.name) } };
    for (const step of workload.steps) {
      scripts[step.name] = "wireit";
      const tree = /^t(\d+)$/.exec(step.name)?.[1];
      wireit[step.name] = {
        command: step.command,
        files:
          workload.tree === undefined ? step.reads.filter((path) => !producer.has(path)) : [`tree/d${tree}/**/*.txt`],
        output: [step.output],
        dependencies: step.reads.flatMap((path) => producer.get(path) ?? []),
      };
    }
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "bench", version: "1.0.0", scripts, wireit }));
    mkdirSync(join(root, "build"), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  },
};
