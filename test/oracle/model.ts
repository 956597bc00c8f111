import { parseName, pathName } from "../../src/model/object-name.ts";
import { OBJECTS } from "./published.ts";

/**
 * The oracle: a second, plain implementation of what a pipeline of the random walk computes.
 * Every task reads some paths, transforms their text, and writes one output; its memo key is its recipe and what it read.
 */
export interface ModelTask {
  readonly name: string;
  readonly kind:
    | "join"
    | "strip"
    | "directory"
    | "tree"
    | "glob"
    | "wide"
    | "check"
    | "lint"
    | "units"
    | "value"
    | "fan"
    | "pick";
  /** Paths of sources, or names of earlier tasks. */
  readonly reads: readonly string[];
  /** Part of the recipe: changing it changes the command. */
  readonly salt: string;
}

export interface ModelState {
  readonly tasks: readonly ModelTask[];
  readonly files: ReadonlyMap<string, string>;
}

export interface Expected {
  /** Every file that a clean build leaves, by path. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Memo key by the id of the task or unit. */
  readonly keys: ReadonlyMap<string, string>;
  /** For each output, the text by name of every source and object that its task reads directly. */
  readonly origins: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The same, including sources and objects that other tasks read upstream. */
  readonly sources: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Text of every source and object that any task reads, by name. */
  readonly used: Readonly<Record<string, string>>;
}

const GLOB = /^g\/[^/]*\.txt$/;
/** A pattern whose root is the workspace, so that inc lists every output as well. */
const WIDE = /^(src|g)\/.*\.txt$/;
const UNIT = /^e\/([^/]*\.txt)$/;

/** Path of a task's output as the manifest names it. */
export function outputOf(task: ModelTask): string {
  if (task.kind === "value") return `.inc/values/${task.name}.json`;
  return isDirectory(task) ? `build/${task.name}/` : `build/${task.name}.out`;
}

function isDirectory({ kind }: ModelTask): boolean {
  return kind === "directory" || kind === "tree";
}

/** The content of a tree: a directory for each line that its task reads, so that it grows, shrinks and may be empty. */
function branchesOf(task: ModelTask, text: string): readonly (readonly [path: string, text: string])[] {
  const lines = new Set(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => line.slice(0, 20)),
  );
  return [...lines]
    .map((line) => [`build/${task.name}/${line}/in/f.txt`, `${line}-${task.salt}\n`] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The result of a clean build of this state. */
export function expectedOf(state: ModelState): Expected {
  const build = new CleanBuild(state);
  for (const task of state.tasks)
    if (task.kind === "units") build.units(task);
    else if (task.kind === "fan") build.fan(task);
    else build.task(task);
  return build.expected();
}

type Texts = Readonly<Record<string, string>>;

class CleanBuild {
  readonly #state: ModelState;
  readonly #outputs = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  readonly #origins = new Map<string, Texts>();
  readonly #sources = new Map<string, Texts>();
  /** Name of a task → the text that its readers see. */
  readonly #results = new Map<string, string>();
  /** Name of a task → all that it and the tasks upstream read. */
  readonly #reached = new Map<string, Texts>();
  /** Name of a task → the member paths of its directory or set, on which a reader depends beyond the text that it sees. */
  readonly #members = new Map<string, string>();

  constructor(state: ModelState) {
    this.#state = state;
  }

  expected(): Expected {
    const used = Object.assign({}, ...this.#reached.values()) as Record<string, string>;
    return { outputs: this.#outputs, keys: this.#keys, origins: this.#origins, sources: this.#sources, used };
  }

  units(task: ModelTask): void {
    const names: [string, string][] = [];
    for (const path of this.#matching(UNIT)) {
      const key = (UNIT.exec(path) as RegExpExecArray)[1] as string;
      const text = `${task.salt}\n${this.#state.files.get(path)}`;
      const output = `build/${task.name}/${key}`;
      const origin = { [path]: this.#state.files.get(path) ?? "" };
      this.#outputs.set(output, text);
      this.#origins.set(output, origin);
      this.#sources.set(output, origin);
      this.#reached.set(task.name, { ...this.#reached.get(task.name), ...origin });
      this.#keys.set(`${task.name}[${key}]`, JSON.stringify(["unit", task.name, task.salt, path, text]));
      names.push([key, text]);
    }
    this.#results.set(task.name, names.map(([, text]) => text).join(""));
    this.#members.set(task.name, JSON.stringify(names));
  }

  /** A unit for each line of a value. What it is made of is the line alone. */
  fan(task: ModelTask): void {
    const lines = JSON.parse(this.#results.get(task.reads[0] as string) as string) as readonly string[];
    const names = lines.map((line): [string, string] => [line, `${task.salt}\n${line}\n`]);
    for (const [line, text] of names) {
      const output = `build/${task.name}/${line}`;
      this.#outputs.set(output, text);
      this.#origins.set(output, {});
      this.#sources.set(output, {});
      this.#keys.set(`${task.name}[${line}]`, JSON.stringify(["fan", task.name, task.salt, line]));
    }
    this.#results.set(task.name, names.map(([, text]) => text).join(""));
    this.#members.set(task.name, JSON.stringify(names));
  }

  task(task: ModelTask): void {
    const seen = (text: string): string => (task.kind === "pick" ? `${(JSON.parse(text) as string[]).length}` : text);
    const inputs = this.#inputsOf(task).map((name) => [name, seen(this.#textOf(name))] as const);
    if (task.kind === "pick") this.#outputs.set(parseName(`value:${pickedBy(task)}`).id, inputs[0]?.[1] ?? "");
    const members = task.reads.map((name) => this.#members.get(name));
    this.#keys.set(task.name, JSON.stringify([task.name, task.kind, task.salt, inputs, members]));
    const read = Object.fromEntries(inputs.filter(([name]) => this.#state.files.has(name)));
    const above = inputs.map(([name]) => this.#reached.get(name) ?? {});
    const all = Object.assign({}, ...above, read) as Texts;
    this.#reached.set(task.name, all);
    if (!isCheck(task)) {
      const name = pathName(outputOf(task).replace(/\/$/, ""));
      this.#origins.set(name, read);
      this.#sources.set(name, all);
    }
    this.#make(task, inputs.map(([, content]) => content).join(""));
  }

  /** @param text What the task reads. */
  #make(task: ModelTask, text: string): void {
    if (isCheck(task)) this.#results.set(task.name, "");
    else if (task.kind === "tree") {
      const branches = branchesOf(task, text);
      for (const [path, content] of branches) this.#outputs.set(path, content);
      this.#results.set(task.name, branches.map(([, content]) => content).join(""));
    } else if (task.kind === "directory") {
      this.#outputs.set(`build/${task.name}/a.txt`, text);
      this.#outputs.set(`build/${task.name}/sub/b.txt`, `${task.salt}\n`);
      this.#results.set(task.name, `${text}${task.salt}\n`);
    } else {
      const result = resultOf(task, text);
      this.#outputs.set(outputOf(task), result);
      this.#results.set(task.name, result);
    }
  }

  #inputsOf({ kind, reads }: ModelTask): readonly string[] {
    if (kind === "glob") return this.#matching(GLOB);
    return kind === "wide" || kind === "lint" ? this.#matching(WIDE) : reads;
  }

  #textOf(name: string): string {
    const isTask = this.#state.tasks.some((task) => task.name === name);
    return (isTask ? this.#results.get(name) : this.#state.files.get(name)) ?? "";
  }

  #matching(pattern: RegExp): string[] {
    return [...this.#state.files.keys()].filter((path) => pattern.test(path)).sort();
  }
}

/** How many lines a value has. A task may be the only one with that function. */
function pickedBy({ name, reads }: ModelTask): string {
  return `${reads[0]}.pick((${name}) => ${name}.length)`;
}

function resultOf({ kind, salt }: ModelTask, text: string): string {
  if (kind === "value") return JSON.stringify(linesOf(text));
  return kind === "strip" ? withoutComments(text) : `${salt}\n${text}`;
}

/** True for a task without outputs. */
export function isCheck({ kind }: ModelTask): boolean {
  return kind === "check" || kind === "lint";
}

/** The lines of a value: short ones, each once, so that they can be keys. */
function linesOf(text: string): readonly string[] {
  const lines = withoutComments(text).split("\n").slice(0, -1);
  return [...new Set(lines.map((line) => line.slice(0, 20)))].sort();
}

/** As grep prints it: each line ends with a line feed. */
function withoutComments(text: string): string {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => `${line}\n`).join("");
}

/** The same pipeline as a manifest. Each command appends to `trail`, a file outside of the workspace, that it ran. */
export function manifestOf(state: ModelState, trail: string): string {
  const byName = new Map(state.tasks.map((task) => [task.name, task]));
  const reference = (name: string): string =>
    byName.has(name) ? `\${${name}}` : name.startsWith("object:") ? `\${${name.slice(7)}}` : `\${file("${name}")}`;
  const lines = [
    `import { each, file, files, object, out, sh, task } from "inc-run";`,
    ...OBJECTS.map((name) => `const ${name} = object("${name}", { conflict: { merge: "union" } });`),
  ];
  for (const task of state.tasks) {
    const reads = task.reads.map((name) =>
      task.kind === "pick" ? `\${${pickedBy(task)}}` : filesOf(byName.get(name)?.kind, reference(name)),
    );
    lines.push(...declarationOf(task, `cat ${reads.join(" ")} /dev/null`, trail));
  }
  return `${lines.join("\n")}\n`;
}

/** The lines that declare a task. @param cat The command that prints what it reads. */
function declarationOf(task: ModelTask, cat: string, trail: string): readonly string[] {
  const { name, salt } = task;
  const set = `\${${name}Set}`;
  const output = `\${out("${outputOf(task)}")}`;
  const declare = (command: string): string => shell(name, `set -f; echo '${name}' >> ${trail}; ${command}`);
  switch (task.kind) {
    case "join":
    case "pick":
      return [declare(`{ echo '${salt}'; ${cat}; } > ${output}`)];
    case "value":
      return [
        `export const ${name} = task(sh\`set -f; echo '${name}' >> ${trail}; : '${salt}'; { ${cat} | grep -v '^#' || true; } | cut -c1-20 | LC_ALL=C sort -u\`, { value: "lines" });`,
      ];
    case "strip":
      return [declare(`: '${salt}'; { ${cat} | grep -v '^#' || true; } > ${output}`)];
    case "glob":
      return [
        `const ${name}Set = files("g/*.txt", { allowEmpty: true });`,
        declare(`{ echo '${salt}'; cat ${set} /dev/null; } > ${output}`),
      ];
    case "wide":
      return [wideSet(name), declare(`{ echo '${salt}'; cat ${set} /dev/null; } > ${output}`)];
    case "lint":
      return [wideSet(name), declare(`: '${salt}'; cat ${set} > /dev/null`)];
    case "tree":
      return [
        declare(
          `o=${output}; mkdir -p $o; ${cat} | cut -c1-20 | while read -r l; do case $l in ''|'#'*) ;; *) mkdir -p $o/$l/in; echo $l-${salt} > $o/$l/in/f.txt;; esac; done`,
        ),
      ];
    case "check":
      return [declare(`: '${salt}'; ${cat} > /dev/null`)];
    case "directory":
      return [declare(`o=${output}; mkdir -p $o/sub; ${cat} > $o/a.txt; echo '${salt}' > $o/sub/b.txt`)];
    case "units":
    case "fan":
      return [eachOf(task, trail)];
  }
}

function eachOf({ name, kind, salt, reads }: ModelTask, trail: string): string {
  return kind === "units"
    ? `export const ${name} = each(files("e/*.txt", { allowEmpty: true }), (f) => task(sh\`echo '${name}['\${f.name}']' >> ${trail}; { echo '${salt}'; cat \${f}; } > \${out(\`build/${name}/\${f.name}\`)}\`));`
    : `export const ${name} = each(${reads[0]}, (line) => task(sh\`echo '${name}['\${line}']' >> ${trail}; { echo '${salt}'; echo \${line}; } > \${out(\`build/${name}/\${line}\`)}\`));`;
}

const wideSet = (name: string): string => `const ${name}Set = files("{src,g}/**/*.txt");`;

/** The arguments of `cat` for a reader of a task or file. */
function filesOf(kind: ModelTask["kind"] | undefined, read: string): string {
  if (kind === "directory") return `${read}/a.txt ${read}/sub/b.txt`;
  return kind === "tree" ? `$(find ${read} -type f | LC_ALL=C sort)` : read;
}

function shell(name: string, command: string): string {
  return `export const ${name} = task(sh\`${command}\`);`;
}
