import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { readJson } from "../content/read-json.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { origin } from "./call-site.ts";
import { session } from "./session.ts";

/** Parsed lazily: only manifests that read YAML load its package. */
const load = createRequire(import.meta.url);

/**
 * Files that the manifest itself reads, relative to it: it is evaluated again when they change. A task that reads one as
 * well names it as an input.
 * @example const { regions } = read.yaml<{ regions: string[] }>("params.yaml");
 */
export const read = {
  /** The text of a file. */
  text: (path: string): string => textOf(path).text,
  /** The value of a JSON file. */
  json: <T = unknown>(path: string): T => parsed(path, "JSON", (text) => readJson(text) as T),
  /** The value of a YAML file. */
  yaml: <T = unknown>(path: string): T =>
    parsed(path, "YAML", (text) => (load("yaml") as typeof import("yaml")).parse(text) as T),
};

function textOf(written: string): { readonly file: string; readonly text: string } {
  const { location, base } = origin();
  const file = resolve(base ?? dirname(session().manifest), written);
  session().noteFile(file);
  try {
    return { file, text: readFileSync(file, "utf8").replace(/^\uFEFF/, "") };
  } catch (error) {
    throw new DiagnosticError({
      code: "INC2009",
      severity: "error",
      message: `the manifest reads "${written}", which cannot be read (${(error as NodeJS.ErrnoException).code})`,
      location,
      help: ["create the file, or correct its path, which is relative to the manifest"],
    });
  }
}

function parsed<T>(written: string, format: string, parse: (text: string) => T): T {
  const { file, text } = textOf(written);
  try {
    return parse(text);
  } catch (error) {
    const { linePos, message } = error as { linePos?: readonly [{ line: number; col: number }]; message: string };
    const { location } = origin();
    throw new DiagnosticError({
      code: "INC2001",
      severity: "error",
      message: `"${written}" is not valid ${format}: ${message.replace(/ at line \d+, column \d+:.*/s, "")}`,
      location: linePos === undefined ? location : { file, line: linePos[0].line, column: linePos[0].col },
      ...(linePos === undefined ? {} : { notes: [{ message: "it is read here", location }] }),
      help: ["correct the file"],
    });
  }
}
