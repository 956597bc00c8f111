import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../peers/tools.ts";
import { isOverFiles, type Kind, type Work } from "./work.ts";

/** A tool that does the work. */
export interface Contestant {
  readonly name: string;
  /** Undefined: it does any number. Else it would take minutes for more. */
  readonly most?: number;
  /** Writes its program. */
  prepare(root: string, work: Work): void;
  readonly command: readonly [string, ...string[]];
  /** How many units ran, by what it printed; undefined: it does not say. */
  ran(text: string): number | undefined;
}

const MANIFEST: Readonly<Record<Kind, string>> = {
  files: `import { readFileSync, writeFileSync } from "node:fs";
import { each, files, task } from "inc-run";
export const units = each(files("data/*.txt"), (source) =>
  task({
    inputs: { source },
    outputs: { out: \`build/\${source.stem}\` },
    run({ inputs, outputs }) { writeFileSync(outputs.out, \`\${readFileSync(inputs.source.path, "utf8")}!\`); },
  }),
);
`,
  batches: `import { readFileSync, writeFileSync } from "node:fs";
import { each, files, task } from "inc-run";
export const units = each(files("data/*.txt"), { batch: 200 }, (source) =>
  task({
    inputs: { source },
    outputs: { out: \`build/\${source.stem}\` },
    runAll({ units }) {
      for (const { inputs, outputs } of units.values())
        writeFileSync(outputs.out, \`\${readFileSync(inputs.source.path, "utf8")}!\`);
    },
  }),
);
`,
  elements: `import { writeFileSync } from "node:fs";
import { each, file, task } from "inc-run";
export const all = task({
  inputs: { list: file("data/all.json") },
  value: "json",
  run: ({ inputs }) => inputs.list.json() as Promise<{ id: string; text: string }[]>,
});
export const units = each(all, { key: ({ id }) => id }, ({ id, text }) =>
  task({ outputs: { out: \`build/\${id}\` }, run({ outputs }) { writeFileSync(outputs.out, \`\${text}!\`); } }),
);
`,
  commands: `import { each, file, out, sh, task } from "inc-run";
export const all = task(sh\`cat \${file("data/all.json")}\`, { value: "json" });
export const units = each(all, { key: ({ id }) => id }, ({ id, text }) =>
  task(sh\`printf '%s!' \${text} > \${out(\`build/\${id}\`)}\`),
);
`,
};

export const inc: Contestant = {
  name: "inc",
  prepare(root, { kind }) {
    writeFileSync(join(root, "package.json"), `{ "type": "module" }\n`);
    writeFileSync(join(root, "pipeline.ts"), MANIFEST[kind]);
  },
  command: [process.execPath, join(ROOT, "bin/inc.js"), "run"],
  ran: (text) => Number(/^ran (\d+),/m.exec(text)?.[1] ?? Number.NaN),
};

/** All of the work, each time. */
const PLAIN = {
  files: `import { readdirSync, readFileSync, writeFileSync } from "node:fs";
for (const name of readdirSync("data")) writeFileSync("build/" + name.replace(/\\.txt$/, ""), readFileSync("data/" + name, "utf8") + "!");
`,
  elements: `import { readFileSync, writeFileSync } from "node:fs";
for (const { id, text } of JSON.parse(readFileSync("data/all.json", "utf8"))) writeFileSync("build/" + id, text + "!");
`,
} as const;

export const plainNode: Contestant = {
  name: "node",
  prepare(root, { kind }) {
    writeFileSync(join(root, "plain.mjs"), PLAIN[isOverFiles(kind) ? "files" : "elements"]);
  },
  command: [process.execPath, "plain.mjs"],
  ran: () => undefined,
};

const WORKFLOW = {
  files: `from glob import glob
from os.path import basename, splitext
from redun import File, task

redun_namespace = "bench"


@task()
def unit(source: File, path: str) -> File:
    made = File(path)
    made.write(source.read() + "!")
    return made


@task()
def main() -> list:
    return [unit(File(path), "build/" + splitext(basename(path))[0]) for path in sorted(glob("data/*.txt"))]
`,
  elements: `import json
from redun import File, task

redun_namespace = "bench"


@task()
def unit(key: str, text: str) -> File:
    made = File("build/" + key)
    made.write(text + "!")
    return made


@task()
def main(source: File = File("data/all.json")) -> list:
    return [unit(one["id"], one["text"]) for one in json.loads(source.read())]
`,
} as const;

/** @param program The path of redun's. */
export function redun(program: string): Contestant {
  return {
    name: "redun",
    most: 1000,
    prepare(root, { kind }) {
      writeFileSync(join(root, "workflow.py"), WORKFLOW[isOverFiles(kind) ? "files" : "elements"]);
    },
    command: [program, "run", "workflow.py", "main"],
    ran: ranByRedun,
  };
}

/** The column DONE of its table of jobs. */
export function ranByRedun(text: string): number | undefined {
  const row = (name: string): readonly string[] | undefined =>
    text
      .split("\n")
      .find((line) => new RegExp(`\\| ${name} `).test(line))
      ?.replace(/^.*\|\s*/, "")
      .split(/\s+/);
  const ran = row("bench.unit")?.[row("TASK")?.indexOf("DONE") ?? -1];
  return ran === undefined ? undefined : Number(ran);
}
