import { OBJECTS } from "./published.ts";

/**
 * What a pipeline of the random test computes, said a second time in a few lines of plain TypeScript: the oracle.
 * Every task reads some paths, transforms their text, and writes one output; its memo key is its recipe and what it read.
 */
export interface ModelTask {
  readonly name: string;
  readonly kind: "join" | "strip" | "directory" | "glob" | "check" | "units";
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
  /** What each output was made of: text by name of every source and object that its task reads itself. */
  readonly origins: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const GLOB = /^g\/[^/]*\.txt$/;
const UNIT = /^e\/([^/]*\.txt)$/;

/** Path of a task's output as the manifest names it. */
export function outputOf(task: ModelTask): string {
  return task.kind === "directory" ? `build/${task.name}/` : `build/${task.name}.out`;
}

/** What a clean build of this state gives. */
export function expectedOf(state: ModelState): Expected {
  const outputs = new Map<string, string>();
  const keys = new Map<string, string>();
  const origins = new Map<string, Readonly<Record<string, string>>>();
  const results = new Map<string, string>();
  // What a reader depends on, where that is more than the text it sees: which files there are.
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
        origins.set(`build/${task.name}/${key}`, { [path]: state.files.get(path) ?? "" });
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
        : task.reads.map((name) => [name, textOf(name)]);
    keys.set(
      task.name,
      JSON.stringify([task.name, task.kind, task.salt, inputs, task.reads.map((name) => members.get(name))]),
    );
    const read = inputs.filter(([name]) => state.files.has(name ?? ""));
    if (task.kind !== "check") origins.set(outputOf(task).replace(/\/$/, ""), Object.fromEntries(read));
    const text = inputs.map(([, content]) => content).join("");
    if (task.kind === "check") results.set(task.name, "");
    else if (task.kind === "directory") {
      outputs.set(`build/${task.name}/a.txt`, text);
      outputs.set(`build/${task.name}/sub/b.txt`, `${task.salt}\n`);
      results.set(task.name, `${text}${task.salt}\n`);
    } else {
      const result = task.kind === "strip" ? withoutComments(text) : `${task.salt}\n${text}`;
      outputs.set(outputOf(task), result);
      results.set(task.name, result);
    }
  }
  return { outputs, keys, origins };
}

function withoutComments(text: string): string {
  return text
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");
}

/** The same pipeline as a manifest. Each command notes on `trail` that it ran: that file is no part of the workspace. */
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
    const cat = `cat ${reads.map((read, i) => (byName.get(task.reads[i] ?? "")?.kind === "directory" ? `${read}/a.txt ${read}/sub/b.txt` : read)).join(" ")} /dev/null`;
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

function shell(name: string, command: string): string {
  return `export const ${name} = task(sh\`${command}\`);`;
}
