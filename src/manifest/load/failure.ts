import { basename } from "node:path";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Location } from "../../model/location.ts";
import { importOf, lineAt, locate, moduleIn, placeByName, specifierAt } from "./error-place.ts";

/** Turns whatever evaluating a manifest threw into a diagnostic that says where and what to do. */
export function explainLoadFailure(thrown: unknown, manifest: string, modules: readonly string[]): Diagnostic {
  if (!(thrown instanceof Error))
    return {
      ...base("INC2001", `the manifest threw ${String(thrown)}`, { file: manifest, line: 1, column: 1 }),
      help: ["throw an Error instead, so that inc can report its line"],
    };
  const error = thrown as NodeJS.ErrnoException;
  const all = [manifest, ...modules];
  const file = aboutFile(error, all);
  if (file !== undefined) return file;
  const location = locate(error, all) ?? placeByName(error, all) ?? { file: manifest, line: 1, column: 1 };
  if (error.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") return unstrippable(error, location);
  const uninitialized = /Cannot access '(.+)' before initialization/.exec(error.message);
  if (uninitialized !== null && modules.length > 1) return moduleCycle(uninitialized[1] as string, location);
  const missingExport = /does not provide an export named '?([^']+?)'?$/.exec(error.message);
  if (missingExport !== null) return noExport(error, missingExport[1] as string, location);
  const shell = shellSyntax(error, location);
  if (error instanceof SyntaxError || error.code === "ERR_INVALID_TYPESCRIPT_SYNTAX")
    return {
      ...base("INC2001", `the manifest cannot be read: ${firstLine(error.message).replace(/^x\s*/, "")}`, location),
      help: [shell ?? "correct the syntax"],
    };
  return {
    ...base("INC2001", `the manifest threw ${error.name}: ${firstLine(error.message)}`, location),
    help: [shell ?? "inc runs a manifest to read its declarations: correct the code that threw"],
  };
}

/** What is wrong with a module that is imported; undefined for an error of any other kind. */
function aboutFile(error: NodeJS.ErrnoException, modules: readonly string[]): Diagnostic | undefined {
  const start = { file: modules[0] as string, line: 1, column: 1 };
  const importer = (path: string): Location => importOf(path, modules) ?? start;
  if (error.code === "ERR_MODULE_NOT_FOUND" || error.code === "ERR_UNSUPPORTED_DIR_IMPORT") {
    const [, missing, from] =
      /^Cannot find (?:module|package) '([^']+)' imported from '?([^'\n]+?)'?$/m.exec(error.message) ?? [];
    const place = missing === undefined || from === undefined ? undefined : importOf(missing, [moduleIn(from)]);
    return moduleNotFound(error, place ?? locate(error, modules) ?? start);
  }
  const plain = /^Module "([^"]+)" needs an import attribute/.exec(error.message)?.[1];
  if (plain !== undefined) return jsonWithoutAttribute(moduleIn(plain), importer(moduleIn(plain)));
  const strange = /^Unknown file extension "[^"]*" for (.+)$/.exec(error.message)?.[1];
  if (strange !== undefined) return noModule(strange, importer(strange));
  const [, file, what, line, column] = /^(\/.+?): (.+?) \(line (\d+) column (\d+)\)$/.exec(error.message) ?? [];
  if (!(error instanceof SyntaxError) || file === undefined) return undefined;
  const place = { file, line: Number(line), column: Number(column) };
  return { ...base("INC2001", `"${basename(file)}" is not valid JSON: ${what}`, place), help: ["correct the file"] };
}

function jsonWithoutAttribute(path: string, location: Location): Diagnostic {
  const written = specifierAt(location);
  return {
    ...base("INC2008", `"${basename(path)}" is JSON, but is imported as a module`, location),
    help: [`write from "${written}" with { type: "json" }, or read it: read.json("${written}")`],
  };
}

function noModule(path: string, location: Location): Diagnostic {
  const written = specifierAt(location);
  return {
    ...base("INC2008", `"${basename(path)}" is imported, but is not a module`, location),
    help: [`read it: ${/\.ya?ml$/.test(path) ? "read.yaml" : "read.text"}("${written}")`],
  };
}

/** The shell's own expansions, which JavaScript reads as expressions: `${f%.txt}`, `${#f}`, `${#f[@]}`. */
const EXPANSION = /(?<!\\)\$\{(?:[#!]\w+(?:\[[@*]\])?|\w+(?::?[-=?+]|[#%/^,@:]|\[[@*]\])[^}]*|[@*#?$!])\}/;

/** A `${…}`, or a backtick, in a template that is meant for the shell; undefined when nothing suggests one. */
function shellSyntax(error: Error, location: Location): string | undefined {
  const text = lineAt(location);
  const name = /^(\w+) is not defined$/.exec(error.message)?.[1];
  if (name !== undefined && !text.slice(0, location.column - 1).endsWith("${")) return undefined;
  if (name === undefined && !(error instanceof SyntaxError)) return undefined;
  const expansion = EXPANSION.exec(text)?.[0];
  if (expansion !== undefined)
    return `in a template, JavaScript replaces \${…}: for an expansion of the shell write \\${expansion}`;
  if (name !== undefined)
    return `in a template, JavaScript replaces \${…}: for a variable of the shell write $${name} or \\\${${name}}`;
  const backticks = text.match(/(?<!\\)`/g)?.length ?? 0;
  return /lexing error|Unterminated template/.test(error.message) || backticks > 2
    ? "check the backticks: the template may not be closed, or a backtick is meant for the shell, which is written \\` or $(…)"
    : undefined;
}

function base(code: Diagnostic["code"], message: string, location: Location): Diagnostic {
  return { code, severity: "error", message, location };
}

function unstrippable(error: Error, location: Location): Diagnostic {
  const what = firstLine(error.message).replace(/^x\s*/, "");
  return {
    ...base("INC2006", `Node cannot strip this TypeScript: ${what}`, location),
    notes: [
      {
        message: "Node removes types and compiles nothing: enums, namespaces and parameter properties need a compiler",
      },
    ],
    help: ["use a const object instead of an enum, and plain fields instead of parameter properties"],
  };
}

function moduleNotFound(error: Error, location: Location): Diagnostic {
  const name =
    /Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1] ??
    /Directory import '([^']+)'/.exec(error.message)?.[1];
  const isPath = name !== undefined && (name.startsWith("/") || name.startsWith("file:") || name.startsWith("."));
  if (name === "inc") return notTheName(location);
  return {
    ...base("INC2005", `the module "${name ?? "?"}" is not found`, location),
    help: [
      isPath
        ? "check the spelling, and write the extension, as in ./helpers.ts"
        : `install it: npm install ${name ?? ""}`,
    ],
  };
}

/** The package "inc" of the registry is another's. */
function notTheName(location: Location): Diagnostic {
  return {
    ...base("INC2005", 'the package of a manifest is "inc-run", not "inc"', location),
    help: ['import from "inc-run"; no installation is needed'],
  };
}

function moduleCycle(name: string, location: Location): Diagnostic {
  return {
    ...base("INC2007", `"${name}" is used before its module has run: modules import each other in a cycle`, location),
    help: ["move the code that both need into a third module"],
  };
}

function noExport(error: Error, name: string, location: Location): Diagnostic {
  const from = /requested module '([^']+)'/.exec(error.message)?.[1] ?? "the module";
  if (from === "inc") return notTheName(location);
  return {
    ...base("INC2001", `"${from}" has no export "${name}"`, location),
    help: [`correct the name, or import a type as a type: import { type ${name} } from "${from}"`],
  };
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
