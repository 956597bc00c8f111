import { OBJECTS } from "./published.ts";

/**
 * The oracle: a second, plain implementation of what a pipeline of the random walk computes.
 * Every task reads some paths, transforms their text, and writes one output; its memo key is its recipe and what it read.
 */
export interface ModelTask {
  readonly name: string;
  readonly kind: "join" | "strip" | "directory" | "tree" | "glob" | "wide" | "check" | "lint" | "units";
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
  const outputs = new Map<string, string>();
  const keys = new Map<string, string>();
  const origins = new Map<string, Readonly<Record<string, string>>>();
  const results = new Map<string, string>();
  const sources = new Map<string, Readonly<Record<string, string>>>();
  // Keyed by the name of a task.
  const reached = new Map<string, Readonly<Record<string, string>>>();
  // The member paths of directories and sets, on which a reader depends beyond the text that it sees.
  const members = new Map<string, string>();
  const byName = new Map(state.tasks.map((task) => [task.name, task]));
  const textOf = (name: string): string => (byName.has(name) ? results.get(name) : state.files.get(name)) ?? "";
  const matching = (pattern: RegExp): string[] => [...state.files.keys()].filter((path) => pattern.test(path)).sort();
  for (const task of state.tasks) {
    if (task.kind === "units") {
      let all = "";
      const names: [string, string][] = [];
      for (const path of matching(UNIT)) {
        const key = (UNIT.exec(path) as RegExpExecArray)[1] as string;
        const text = `${task.salt}\n${state.files.get(path)}`;
        outputs.set(`build/${task.name}/${key}`, text);
        const origin = { [path]: state.files.get(path) ?? "" };
        origins.set(`build/${task.name}/${key}`, origin);
        sources.set(`build/${task.name}/${key}`, origin);
        reached.set(task.name, { ...reached.get(task.name), ...origin });
        keys.set(`${task.name}[${key}]`, JSON.stringify(["unit", task.name, task.salt, path, text]));
        all += text;
        names.push([key, text]);
      }
      results.set(task.name, all);
      members.set(task.name, JSON.stringify(names));
      continue;
    }
    const inputs =
      task.kind === "glob"
        ? matching(GLOB).map((path) => [path, textOf(path)])
        : task.kind === "wide" || task.kind === "lint"
          ? matching(WIDE).map((path) => [path, textOf(path)])
          : task.reads.map((name) => [name, textOf(name)]);
    keys.set(
      task.name,
      JSON.stringify([task.name, task.kind, task.salt, inputs, task.reads.map((name) => members.get(name))]),
    );
    const read = inputs.filter(([name]) => state.files.has(name ?? ""));
    const above = inputs.map(([name]) => reached.get(name ?? "") ?? {});
    const all = Object.assign({}, ...above, Object.fromEntries(read)) as Record<string, string>;
    reached.set(task.name, all);
    if (!isCheck(task)) {
      origins.set(outputOf(task).replace(/\/$/, ""), Object.fromEntries(read));
      sources.set(outputOf(task).replace(/\/$/, ""), all);
    }
    const text = inputs.map(([, content]) => content).join("");
    if (isCheck(task)) results.set(task.name, "");
    else if (task.kind === "tree") {
      const branches = branchesOf(task, text);
      for (const [path, content] of branches) outputs.set(path, content);
      results.set(task.name, branches.map(([, content]) => content).join(""));
    } else if (task.kind === "directory") {
      outputs.set(`build/${task.name}/a.txt`, text);
      outputs.set(`build/${task.name}/sub/b.txt`, `${task.salt}\n`);
      results.set(task.name, `${text}${task.salt}\n`);
    } else {
      const result = task.kind === "strip" ? withoutComments(text) : `${task.salt}\n${text}`;
      outputs.set(outputOf(task), result);
      results.set(task.name, result);
    }
  }
  const used = Object.assign({}, ...reached.values()) as Record<string, string>;
  return { outputs, keys, origins, sources, used };
}

/** True for a task without outputs. */
export function isCheck({ kind }: ModelTask): boolean {
  return kind === "check" || kind === "lint";
}

function withoutComments(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
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
    const note = (id: string): string => `echo '${id}' >> ${trail}`;
    const output = `\${out("${outputOf(task)}")}`;
    const reads = task.reads.map(reference);
    const cat = `cat ${reads.map((read, i) => filesOf(byName.get(task.reads[i] ?? "")?.kind, read)).join(" ")} /dev/null`;
    if (task.kind === "join")
      lines.push(shell(task.name, `${note(task.name)}; { echo '${task.salt}'; ${cat}; } > ${output}`));
    if (task.kind === "strip")
      lines.push(
        shell(task.name, `${note(task.name)}; : '${task.salt}'; { ${cat} | grep -v '^#' || true; } > ${output}`),
      );
    if (task.kind === "glob")
      lines.push(
        `const ${task.name}Set = files("g/*.txt", { allowEmpty: true });`,
        shell(task.name, `${note(task.name)}; { echo '${task.salt}'; cat \${${task.name}Set} /dev/null; } > ${output}`),
      );
    if (task.kind === "wide" || task.kind === "lint") lines.push(`const ${task.name}Set = files("{src,g}/**/*.txt");`);
    if (task.kind === "wide")
      lines.push(
        shell(task.name, `${note(task.name)}; { echo '${task.salt}'; cat \${${task.name}Set} /dev/null; } > ${output}`),
      );
    if (task.kind === "lint")
      lines.push(shell(task.name, `${note(task.name)}; : '${task.salt}'; cat \${${task.name}Set} > /dev/null`));
    if (task.kind === "tree")
      lines.push(
        shell(
          task.name,
          `${note(task.name)}; o=${output}; mkdir -p $o; ${cat} | cut -c1-20 | while read -r l; do case $l in ''|'#'*) ;; *) mkdir -p $o/$l/in; echo $l-${task.salt} > $o/$l/in/f.txt;; esac; done`,
        ),
      );
    if (task.kind === "check") lines.push(shell(task.name, `${note(task.name)}; : '${task.salt}'; ${cat} > /dev/null`));
    if (task.kind === "directory")
      lines.push(
        shell(
          task.name,
          `${note(task.name)}; o=${output}; mkdir -p $o/sub; ${cat} > $o/a.txt; echo '${task.salt}' > $o/sub/b.txt`,
        ),
      );
    if (task.kind === "units")
      lines.push(
        `export const ${task.name} = each(files("e/*.txt", { allowEmpty: true }), (f) => task(sh\`echo '${task.name}['\${f.name}']' >> ${trail}; { echo '${task.salt}'; cat \${f}; } > \${out(\`build/${task.name}/\${f.name}\`)}\`));`,
      );
  }
  return `${lines.join("\n")}\n`;
}

/** The arguments of `cat` for a reader of a task or file. */
function filesOf(kind: ModelTask["kind"] | undefined, read: string): string {
  if (kind === "directory") return `${read}/a.txt ${read}/sub/b.txt`;
  return kind === "tree" ? `$(find ${read} -type f | LC_ALL=C sort)` : read;
}

function shell(name: string, command: string): string {
  return `export const ${name} = task(sh\`${command}\`);`;
}
