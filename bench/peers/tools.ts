import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place, Step, Workload } from "../work/workload.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A build tool under measurement. */
export interface Tool {
  readonly name: string;
  /** Why it is not measured; undefined: it is installed. */
  absent(): string | undefined;
  /** Where it has the paths of a workload; undefined: as they are named. */
  readonly place?: Place;
  /** Writes its build files below `root`, which already holds the sources. */
  prepare(workload: Workload, root: string): void;
  readonly command: readonly [string, ...string[]];
  /** Environment variables beside the bench's own. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * @param text What a build printed.
   * @param rewritten Number of outputs that it wrote anew.
   * @returns Number of tasks that it ran.
   */
  ran(text: string, rewritten: number): number;
  /** Ends what it left running for a workspace. */
  end?(root: string): void;
}

/** The number that the first group of a pattern matches; 0 where it does not match. */
export function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

export function onPath(program: string): string | undefined {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return `${program} is not on PATH`;
  }
}

export function installed(name: string): string | undefined {
  return existsSync(join(ROOT, "node_modules", name)) ? undefined : `${name} is not installed: npm ci`;
}

export const INC: Tool = {
  name: "inc",
  absent: () => (existsSync(join(ROOT, "dist/commands/main.js")) ? undefined : "not built: npm run build"),
  command: [process.execPath, join(ROOT, "bin/inc.js"), "run", "-j", "2"],
  prepare(workload, root) {
    writeFileSync(join(root, "package.json"), `{ "type": "module" }\n`);
    writeFileSync(join(root, "pipeline.ts"), MANIFESTS[workload.kind](workload));
  },
  // The line of the summary, or its event under --json.
  ran: (text) => numberIn(text, /(?:^ran |"kind":"run-ended".*?"ran":)(\d+)/m),
};

const MANIFESTS: Readonly<Record<Workload["kind"], (workload: Workload) => string>> = {
  graph({ steps }) {
    const data = JSON.stringify(steps.map((step) => [step.output, step.reads]));
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
  },
  tree({ steps }) {
    const lines = steps.map(
      ({ name, command, output }, d) =>
        `export const ${name} = task(sh\`${command.replace(output, `\${out("${output}")}`)}\`, { inputs: [files("tree/d${d}/**/*.txt")] });`,
    );
    return `import { files, out, sh, task } from "inc-run";\n${lines.join("\n")}\n`;
  },
  artifact({ steps }) {
    const [make, copy] = steps as [Step, Step];
    const source = make.reads[0];
    return `import { file, out, sh, task } from "inc-run";
export const ${make.name} = task(sh\`${make.command.replace(make.output, `\${out("${make.output}")}`)}\`, { inputs: [file("${source}")] });
export const ${copy.name} = task(sh\`cp \${${make.name}} \${out("${copy.output}")}\`);
`;
  },
};

/** The directories of outputs, which these tools do not make. */
function makeDirectories({ steps }: Workload, root: string): void {
  for (const directory of new Set(steps.map(({ output }) => dirname(output))))
    mkdirSync(join(root, directory), { recursive: true });
}

export const MAKE: Tool = {
  name: "make",
  absent: () => onPath("make"),
  // Without the built-in rules, which it would try for every file.
  command: ["make", "-s", "-r", "-R", "-j", "2"],
  prepare(workload, root) {
    makeDirectories(workload, root);
    const rule = (step: Step): string => `${step.output}: ${step.reads.join(" ")}\n\t${step.command}\n`;
    const all = workload.steps.map((step) => step.output).join(" ");
    writeFileSync(join(root, "Makefile"), `all: ${all}\n${workload.steps.map(rule).join("")}`);
  },
  ran: (_, rewritten) => rewritten,
};

export const NINJA: Tool = {
  name: "ninja",
  absent: () => onPath("ninja"),
  command: ["ninja", "-j", "2", "--quiet"],
  prepare(workload, root) {
    makeDirectories(workload, root);
    const rule = (step: Step): string => `build ${step.output}: run ${step.reads.join(" ")}\n  cmd = ${step.command}\n`;
    writeFileSync(join(root, "build.ninja"), `rule run\n  command = $cmd\n${workload.steps.map(rule).join("")}`);
  },
  ran: (_, rewritten) => rewritten,
};

export const WIREIT: Tool = {
  name: "wireit",
  absent: () => installed("wireit"),
  command: ["npm", "run", "--silent", "all"],
  env: { WIREIT_PARALLEL: "2" },
  prepare(workload, root) {
    makeDirectories(workload, root);
    const producer = new Map(workload.steps.map((step) => [step.output, step.name]));
    const scripts: Record<string, string> = { all: "wireit" };
    const wireit: Record<string, unknown> = { all: { dependencies: workload.steps.map((step) => step.name) } };
    for (const [n, step] of workload.steps.entries()) {
      scripts[step.name] = "wireit";
      wireit[step.name] = {
        command: step.command,
        files: workload.kind === "tree" ? [`tree/d${n}/**/*.txt`] : step.reads.filter((path) => !producer.has(path)),
        output: [step.output],
        dependencies: step.reads.flatMap((path) => producer.get(path) ?? []),
      };
    }
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "bench", version: "1.0.0", scripts, wireit }));
    symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  },
  ran: (text) => numberIn(text, /Ran (\d+) script/),
};
