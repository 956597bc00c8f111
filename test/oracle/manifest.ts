import { type FunctionKind, functionTask } from "./functions.ts";
import { isFunction, type ModelState, type ModelTask, outputOf, pickedBy } from "./model.ts";
import { headOf } from "./modules.ts";
import { OBJECTS } from "./published.ts";

type CommandTask = ModelTask & { readonly kind: Exclude<ModelTask["kind"], FunctionKind> };

function isCommand(task: ModelTask): task is CommandTask {
  return !isFunction(task);
}

/** The same pipeline as a manifest. Each command appends to `trail`, a file outside of the workspace, that it ran. */
export function manifestOf(state: ModelState, trail: string): string {
  const byName = new Map(state.tasks.map((task) => [task.name, task]));
  const expression = (name: string): string =>
    byName.has(name)
      ? byName.get(name)?.kind === "nest"
        ? `${name}.sum`
        : name
      : name.startsWith("object:")
        ? name.slice(7)
        : `file("${name}")`;
  const lines = [
    ...headOf(state.code),
    ...OBJECTS.map((name) => `const ${name} = object("${name}", { conflict: { merge: "union" } });`),
  ];
  for (const task of state.tasks) {
    const reads = task.reads.map((name) =>
      task.kind === "pick" ? `\${${pickedBy(task)}}` : filesOf(byName.get(name)?.kind, `\${${expression(name)}}`),
    );
    if (isCommand(task)) lines.push(...declarationOf(task, `cat ${reads.join(" ")} /dev/null`, trail));
    else lines.push(functionTask(task, state, task.reads.map(expression)));
  }
  return `${lines.join("\n")}\n`;
}

/** The lines that declare a task. @param cat The command that prints what it reads. */
function declarationOf(task: CommandTask, cat: string, trail: string): readonly string[] {
  const { name, salt } = task;
  const set = `\${${name}Set}`;
  const output = `\${out("${outputOf(task)}")}`;
  const begin = `${ONE_PATH_A_LINE}; echo '${name}' >> ${trail}`;
  const declare = (command: string): string => shell(name, `${begin}; ${command}`);
  switch (task.kind) {
    case "join":
    case "pick":
      return [declare(`{ echo '${salt}'; ${cat}; } > ${output}`)];
    case "value":
      return [
        `export const ${name} = task(sh\`${begin}; : '${salt}'; { ${cat} | grep -v '^#' || true; } | ${SHORTEN} | LC_ALL=C sort -u\`, { value: "lines" });`,
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
          `o=${output}; mkdir -p $o; ${cat} | ${SHORTEN} | while IFS= read -r l; do case $l in ''|'#'*) ;; *) mkdir -p "$o/$l/in"; echo "$l-${salt}" > "$o/$l/in/f.txt";; esac; done`,
        ),
      ];
    case "check":
      return [declare(`: '${salt}'; ${cat} > /dev/null`)];
    case "directory":
      return [declare(`o=${output}; mkdir -p $o/sub; ${cat} > $o/a.txt; echo '${salt}' > $o/sub/b.txt`)];
    case "units":
    case "fan":
      return [eachOf(task, trail)];
    case "nest":
      return nestOf(task, trail);
  }
}

function eachOf({ name, kind, salt, reads }: ModelTask, trail: string): string {
  return kind === "units"
    ? `export const ${name} = each(files("e/*.txt", { allowEmpty: true }), (f) => task(sh\`echo '${name}['\${f.name}']' >> ${trail}; { echo '${salt}'; cat \${f}; } > \${out(\`build/${name}/\${f.name}\`)}\`));`
    : `export const ${name} = each(${reads[0]}, (line) => task(sh\`echo '${name}['\${line}']' >> ${trail}; { echo '${salt}'; echo \${line}; } > \${out(\`build/${name}/\${line}\`)}\`));`;
}

function nestOf({ name, salt }: ModelTask, trail: string): readonly string[] {
  const note = (key: string, member: string): string => `echo '${name}['${key}'].${member}' >> ${trail}`;
  return [
    `export const ${name} = each(files("e/*.txt", { allowEmpty: true }), (f) => {`,
    `  const lines = task(sh\`${note("${f.name}", "lines")}; { grep -v '^#' \${f} || true; } | ${SHORTEN} | LC_ALL=C sort -u\`, { value: "lines" });`,
    `  const units = each(lines, (line) => task(sh\`${note("${f.name}/${line}", "units")}; { echo '${salt}'; echo \${line}; } > \${out(\`build/${name}/\${f.name}/\${line}\`)}\`));`,
    `  const sum = task(sh\`${note("${f.name}", "sum")}; { echo '${salt}'; cat \${units} /dev/null; } > \${out(\`build/${name}/\${f.name}.sum\`)}\`);`,
    "  return { lines, units, sum };",
    "});",
  ];
}

/** Makes lines short, so that they can be names: a slash at the end would be that of a directory. */
const SHORTEN = "cut -c1-20 | sed 's,/$,,'";

/** In a shell, makes `$(find …)` a word for each path, although paths in a tree may have spaces. */
const ONE_PATH_A_LINE = "set -f; IFS='\n'";

const wideSet = (name: string): string => `const ${name}Set = files("{src,g}/**/*.txt");`;

/** The arguments of `cat` for a reader of a task or file. */
function filesOf(kind: ModelTask["kind"] | undefined, read: string): string {
  if (kind === "directory") return `${read}/a.txt ${read}/sub/b.txt`;
  return kind === "tree" ? `$(find ${read} -type f | LC_ALL=C sort)` : read;
}

function shell(name: string, command: string): string {
  return `export const ${name} = task(sh\`${command}\`);`;
}
