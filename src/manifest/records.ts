import { join, resolve } from "node:path";
import { defined } from "../model/defined.ts";
import { DiagnosticError } from "../model/diagnostic.ts";
import { VALUE_OUTPUT } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import type { Result } from "../model/result.ts";
import { origin } from "./call-site.ts";
import { declaredOuts } from "./command-parts.ts";
import type { FileDeclaration, RunFunction, TaskDeclaration } from "./declaration.ts";
import { declareTask } from "./declare-task.ts";
import type { InputFile } from "./function.ts";
import { declarationOf } from "./handle.ts";
import { type FileRef, type OutputRef, Task } from "./handles.ts";

/** A file with records: a source, or what a task makes. */
type RecordSource = FileRef | Task<string, "one", never> | OutputRef;

type KeyOf<Row> = keyof Row & string;

/**
 * The records of a file, for `each`: of a table with a header (`.csv`, `.tsv`) or of lines of JSON (`.jsonl`, `.ndjson`). By key, a value
 * with a member for each record; or in pieces, a directory of files that hold some hundred records each.
 * @example each(records(file("shops.csv"), { key: "id" }), (shop) => task(sh`report ${shop.id} > ${out(`build/${shop.id}.html`)}`))
 * @example each(records(file("log.csv"), { pieces: "build/pieces/" }), (piece) => task(sh`clean ${piece} > ${out(`build/clean/${piece.name}`)}`))
 */
export function records<Row extends object = Readonly<Record<string, string>>>(
  file: RecordSource,
  options: {
    /** The column, or the columns, whose values tell the records apart. */
    readonly key: NoInfer<KeyOf<Row> | readonly KeyOf<Row>[]>;
  },
): Task<typeof VALUE_OUTPUT, "one", Readonly<Record<string, Row>>>;
export function records(
  file: RecordSource,
  options: {
    /** The directory to make, for nothing else. The file is cut between records where its content says, so that an edit changes the pieces near it. */
    readonly pieces: string;
  },
): Task<"", "one", never>;
export function records(
  file: RecordSource,
  options: { readonly key?: string | readonly string[]; readonly pieces?: string },
): unknown {
  const from = origin();
  const { of, reference } = sourceOf(file, from.location);
  const { pieces } = options ?? {};
  const key = [options?.key ?? []].flat();
  if ((key.length === 0) === (pieces === undefined)) throw neither(from.location);
  const declaration = declareTask({
    action: {
      kind: "function",
      run: pieces === undefined ? byKey(key) : intoPieces,
      version: JSON.stringify(["records 2", key]),
      records: { of, key },
      location: from.location,
    },
    inputs: [{ label: "file", reference }],
    outputs: pieces === undefined ? [] : [{ kind: "out", path: pieces.replace(/\/*$/, "/"), name: "", ...from }],
    ...defined({ value: pieces === undefined ? ("json" as const) : undefined }),
    ...from,
  });
  return new Task(declaration, pieces === undefined ? [VALUE_OUTPUT] : []);
}

interface ReadContext {
  readonly inputs: { readonly file: InputFile };
  readonly outputs: Readonly<Record<string, string>>;
}

/** The parsers and Node's promises of files, which take 6 ms, are loaded where records are read: each run loads this module. */
function byKey(key: readonly string[]): RunFunction {
  return async ({ inputs }: ReadContext) => {
    const { keyedRecords } = await import("../content/records/keyed.ts");
    const { recordBytes } = await import("../content/records/read.ts");
    const file = resolve(inputs.file.path);
    return mustBe(keyedRecords(file, mustBe(await recordBytes(file)), key));
  };
}

async function intoPieces({ inputs, outputs }: ReadContext): Promise<void> {
  const { piecesOf } = await import("../content/records/pieces.ts");
  const { recordBytes } = await import("../content/records/read.ts");
  const { mkdir, writeFile } = await import("node:fs/promises");
  const file = resolve(inputs.file.path);
  const pieces = mustBe(piecesOf(file, mustBe(await recordBytes(file))));
  const directory = outputs[""] as string;
  await mkdir(directory, { recursive: true });
  for (const { name, parts } of pieces) await writeFile(join(directory, name), Buffer.concat(parts));
}

function mustBe<T>(result: Result<T>): T {
  if (!result.ok) throw new DiagnosticError(...result.diagnostics);
  return result.value;
}

function sourceOf(
  file: unknown,
  location: Location,
): {
  readonly of: FileDeclaration | TaskDeclaration;
  readonly reference: TaskDeclaration["inputs"][number]["reference"];
} {
  const declaration = declarationOf(file);
  if (declaration?.kind === "file") return { of: declaration, reference: declaration };
  const of = declaration?.kind === "projection" ? declaration.of : declaration;
  if (of?.kind !== "task") throw noFile(location);
  const outs = declaredOuts(of);
  const wanted = declaration?.kind === "projection" ? outs.filter(({ name }) => name === declaration.path[1]) : outs;
  const [out] = wanted;
  if (out === undefined || wanted.length > 1 || out.path.endsWith("/")) throw noFile(location);
  // A function would get an output with a name in a record.
  return { of, reference: out.name === "" ? of : { kind: "projection", of, path: ["outputs", out.name] } };
}

function noFile(location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2533",
    severity: "error",
    message: "records() is given something that is not one file",
    location,
    help: ["give it file(path), a task that makes one file, or one of its outputs: task.outputs.name"],
  });
}

function neither(location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2533",
    severity: "error",
    message: "records() takes either a key or a directory for pieces, and is given neither or both",
    location,
    help: [
      'for a unit for each record, name the column that tells them apart: records(file, { key: "id" })',
      'for a unit for some hundred records, name a directory to make: records(file, { pieces: "build/pieces/" })',
    ],
  });
}
