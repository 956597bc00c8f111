import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Location } from "../model/location.ts";

/** Turns whatever evaluating a manifest threw into a diagnostic that says where and what to do. */
export function explainLoadFailure(thrown: unknown, manifest: string, modules: readonly string[]): Diagnostic {
  if (!(thrown instanceof Error))
    return {
      ...base("INC2001", `the manifest threw ${String(thrown)}`, { file: manifest, line: 1, column: 1 }),
      help: ["throw an Error, so that its place is known"],
    };
  const error = thrown as NodeJS.ErrnoException;
  const location = importer(error) ?? locate(error, [manifest, ...modules]) ?? { file: manifest, line: 1, column: 1 };
  if (error.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return unstrippable(error, location);
  if (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "ERR_UNSUPPORTED_DIR_IMPORT")
    return moduleNotFound(error, location);
  const uninitialized = /Cannot access '(.+)' before initialization/.exec(error.message);
  if (uninitialized !== null && modules.length > 1) return moduleCycle(uninitialized[1] as string, location);
  const missingExport = /does not provide an export named '?([^']+?)'?$/.exec(error.message);
  if (missingExport !== null) return noExport(error, missingExport[1] as string, location);
  if (error instanceof SyntaxError || error.code === "ERR_INVALID_TYPESCRIPT_SYNTAX")
    return {
      ...base("INC2001", `the manifest cannot be read: ${firstLine(error.message).replace(/^x\s*/, "")}`, location),
      help: ["correct the syntax"],
    };
  return {
    ...base("INC2001", `the manifest threw ${error.name}: ${firstLine(error.message)}`, location),
    help: ["a manifest runs to declare tasks: what it calls has to work"],
  };
}

function base(code: Diagnostic["code"], message: string, location: Location): Diagnostic {
  return { code, severity: "error", message, location };
}

function unstrippable(error: Error, location: Location): Diagnostic {
  const what = firstLine(error.message).replace(/^x\s*/, "");
  return {
    ...base("INC2006", `Node cannot strip this TypeScript: ${what}`, location),
    notes: [
      { message: "types are removed, not compiled: enum, namespace and parameter properties have no JavaScript left" },
    ],
    help: ["use a const object instead of an enum, and plain fields instead of parameter properties"],
  };
}

function moduleNotFound(error: Error, location: Location): Diagnostic {
  const name =
    /Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1] ??
    /Directory import '([^']+)'/.exec(error.message)?.[1];
  const isPath = name !== undefined && (name.startsWith("/") || name.startsWith("file:") || name.startsWith("."));
  return {
    ...base("INC2005", `the module "${name ?? "?"}" is not found`, location),
    help: [
      isPath
        ? "Node takes paths as they are: look for a typing error, and write the extension, as in ./helpers.ts"
        : `install it: npm install ${name ?? ""}`,
    ],
  };
}

function moduleCycle(name: string, location: Location): Diagnostic {
  return {
    ...base("INC2007", `"${name}" is used before its module has run: modules import each other in a cycle`, location),
    help: ["move what both need into a module of its own"],
  };
}

function noExport(error: Error, name: string, location: Location): Diagnostic {
  const from = /requested module '([^']+)'/.exec(error.message)?.[1] ?? "the module";
  return {
    ...base("INC2001", `"${from}" has no export "${name}"`, location),
    help: [`correct the name; when it is a type, say so: import { type ${name} } from "${from}"`],
  };
}

/** The line of the import that found no module. Node names the file, and the module by its path or by its package. */
function importer({ message }: Error): Location | undefined {
  const [, missing, file] =
    /^Cannot find (?:module|package) '([^']+)' imported from '?([^'\n]+?)'?$/m.exec(message) ?? [];
  if (missing === undefined || file === undefined) return undefined;
  const path = pathOf(file);
  const name = basename(missing);
  const lines = readLines(path);
  const line = lines.findIndex((text) => /\b(from|import)\b/.test(text) && text.includes(name));
  const column = line < 0 ? 1 : (lines[line] as string).indexOf(name) + 1;
  return { file: path, line: Math.max(line, 0) + 1, column };
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return [];
  }
}

/** From the line that Node puts above a syntax error, else from the first frame that is in one of the modules. */
function locate(error: Error, modules: readonly string[]): Location | undefined {
  const stack = error.stack ?? "";
  const head = /^(file:\/\/\S+|\/\S[^\n]*):(\d+)\n([^\n]*)\n([^\n]*)/.exec(stack);
  if (head !== null) {
    const caret = (head[4] ?? "").indexOf("^");
    return { file: pathOf(head[1] as string), line: Number(head[2]), column: caret < 0 ? 1 : caret + 1 };
  }
  for (const [, file, line, column] of stack.matchAll(/\(?((?:file:\/\/|\/)[^\s()]+):(\d+):(\d+)\)?$/gm)) {
    const path = pathOf(file as string);
    if (modules.includes(path)) return { file: path, line: Number(line), column: Number(column) };
  }
  return undefined;
}

function pathOf(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file.replace(/[?#].*$/, "")) : file.replace(/\?.*$/, "");
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
