import type { Readable } from "node:stream";
import type {
  EnvRef,
  FileRef,
  FileSetRef,
  ObjectRef,
  OutputRef,
  ParamRef,
  Service,
  Task,
  ToolRef,
  Units,
} from "./handles.ts";
import type { Jsonable } from "./jsonable.ts";
import type { PythonFunction } from "./python.ts";
import type { TaskOptions } from "./task-options.ts";
import type { AnyInput } from "./task-parts.ts";

/** The inputs of a function, by the names under which it gets them. */
export type FunctionInputs = Readonly<Record<string, AnyInput>>;

/** The options of a task whose action is a function. */
export interface FunctionOptions<Inputs extends FunctionInputs, Outputs extends Readonly<Record<string, string>>>
  extends Omit<TaskOptions<Outputs>, "inputs" | "outputs" | "value"> {
  /** What it depends on, by name. It gets each in the form that fits its kind: files, maps of files, values. */
  readonly inputs?: Inputs;
  /** What it makes: name → path; a directory's ends with a slash. */
  readonly outputs?: Outputs;
  /**
   * Stands for the code: an edit of the function, or of what it reaches, runs the task again only when this text changes too. For
   * code that inc cannot track.
   */
  readonly version?: string;
  /**
   * Makes the outputs. It may see its inputs and write its outputs, and shares no state with other tasks: each attempt evaluates
   * the modules of the manifest anew. Or a Python function: `python("etl.py").fn("clean")`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what a Python function returns is only looked at where the task has a value.
  readonly run: ((context: FunctionContext<Inputs, Outputs>) => void | Promise<void>) | PythonFunction<any>;
}

/** The options of a task whose function makes a value. */
export interface ValueFunctionOptions<
  Inputs extends FunctionInputs,
  Outputs extends Readonly<Record<string, string>>,
  V,
> extends Omit<FunctionOptions<Inputs, Outputs>, "run"> {
  /**
   * What `run` returns is a value: an object with versions, by the task's name. A function gets it as it is, a command as a JSON
   * file. At most 16 MiB.
   */
  readonly value: "json";
  /** Makes the outputs, and returns the value. */
  readonly run: ((context: FunctionContext<Inputs, Outputs>) => Jsonable<V> | Promise<Jsonable<V>>) | PythonFunction<V>;
}

/** The options of a task whose function is called for several units of an `each` at once: `each(set, { batch: 200 }, …)`. */
export interface BatchOptions<Inputs extends FunctionInputs, Outputs extends Readonly<Record<string, string>>>
  extends Omit<FunctionOptions<Inputs, Outputs>, "run"> {
  /**
   * Makes the outputs of all units that it is given, each from its own inputs alone. A unit is done when this returns, or as it
   * says before. What it throws may concern any unit that is not done: they are made again in smaller batches.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as for run.
  readonly runAll: ((context: BatchContext<Inputs, Outputs>) => void | Promise<void>) | PythonFunction<any>;
}

/** The options of a task whose function returns the values of several units. */
export interface ValueBatchOptions<Inputs extends FunctionInputs, Outputs extends Readonly<Record<string, string>>, V>
  extends Omit<BatchOptions<Inputs, Outputs>, "runAll"> {
  readonly value: "json";
  /** Makes the outputs, and returns the values by the keys of the units. */
  readonly runAll:
    | ((
        context: BatchContext<Inputs, Outputs>,
      ) => ReadonlyMap<string, Jsonable<V>> | Promise<ReadonlyMap<string, Jsonable<V>>>)
    | PythonFunction<V>;
}

/** What a function for several units is called with. */
export interface BatchContext<Inputs extends FunctionInputs, Outputs extends Readonly<Record<string, string>>>
  extends Pick<FunctionContext<Inputs, Outputs>, "log" | "signal" | "progress"> {
  /** By their keys: those that have to be made, at most as many as the batch has. */
  readonly units: ReadonlyMap<string, BatchUnit<Inputs, Outputs>>;
}

/** One of several units that a function makes. */
export interface BatchUnit<Inputs extends FunctionInputs, Outputs extends Readonly<Record<string, string>>>
  extends Pick<FunctionContext<Inputs, Outputs>, "inputs" | "outputs"> {
  /** Its outputs are made: it is done, whatever is thrown later. */
  readonly done: () => void;
  /** It alone fails. The others go on. */
  readonly fail: (error: unknown) => void;
}

/** What the function of a task is called with. Paths are relative to its working directory. */
export interface FunctionContext<Inputs extends FunctionInputs, Outputs extends Readonly<Record<string, string>>> {
  readonly inputs: { readonly [Name in keyof Inputs]: InputValue<Inputs[Name]> };
  /** Where its outputs belong: the directories of files are there, those of directories are empty. */
  readonly outputs: { readonly [Name in keyof Outputs]: string };
  /** Writes a line to the log of the attempt, as `console.log` does. */
  readonly log: (...words: readonly unknown[]) => void;
  /** Aborted when the attempt is cancelled or takes longer than its time-out: one second later the process is killed. */
  readonly signal: AbortSignal;
  /** Says how far it has come, for the live view: 3 of 10. */
  readonly progress: (done: number, total: number) => void;
}

/** A file, or a directory, that a function reads. */
export interface InputFile {
  /** Relative to the working directory of the task. */
  readonly path: string;
  /** Its content as UTF-8. Rejects with what the system says, as for a directory. */
  text(): Promise<string>;
  /** Its content as JSON. Rejects with a SyntaxError for any other. */
  json(): Promise<unknown>;
  bytes(): Promise<Uint8Array>;
  /** Its bytes, piece by piece. */
  stream(): Readable;
}

/** What a function gets for an input. */
export type InputValue<Input> = Input extends FileRef | ObjectRef
  ? InputFile
  : Input extends FileSetRef
    ? ReadonlyMap<string, InputFile>
    : Input extends ParamRef<infer Value>
      ? Value
      : Input extends EnvRef
        ? string | undefined
        : Input extends ToolRef
          ? string
          : Input extends Service
            ? undefined
            : Input extends Task<infer Names, infer _Shape, infer V>
              ? OutputsOf<Names, V>
              : Input extends OutputRef<infer Of>
                ? Of extends "each"
                  ? ReadonlyMap<string, InputFile>
                  : InputFile
                : Input extends Units<infer Names, infer _Shape, infer V>
                  ? ReadonlyMap<string, OutputsOf<Names, V>>
                  : never;

/**
 * One unnamed output is a file, named ones are a record of files, and a value is itself; of a task without outputs there is nothing
 * to read.
 */
type OutputsOf<Names extends string, V> = [Names] extends [never]
  ? undefined
  : [Names] extends [""]
    ? InputFile
    : [V] extends [never]
      ? { readonly [Name in Names]: InputFile }
      : [Names] extends ["value"]
        ? V
        : { readonly [Name in Names]: Name extends "value" ? V : InputFile };
