import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Digest } from "../../model/digest.ts";
import { declarationOf } from "../handle.ts";
import { isOwnModule } from "../module-path.ts";
import { isUntracked } from "../untracked.ts";
import { describeDeclaration } from "./handles.ts";
import type { FunctionPlace, InspectedFunction, ValueInspector } from "./inspector.ts";
import { contentOf, prototypeOf, unreadable } from "./objects.ts";

/** The code at a place, as its slice has it. */
export interface CodeAt {
  readonly digest: Digest;
  /** Variables around the function whose values count. */
  readonly captured: readonly string[];
}

/** What a function is: its code and the values that it captured, as plain JSON. */
export interface DescribedFunction {
  readonly described: unknown;
  /** Values that cannot be described. */
  readonly problems: readonly Diagnostic[];
}

/**
 * Describes functions. Two functions with one description do the same. Values count by their content, functions among them
 * by their code and what they captured in turn.
 */
export class FunctionDescriber {
  readonly #inspector: ValueInspector;
  readonly #codeAt: (place: FunctionPlace) => CodeAt | undefined;

  constructor(inspector: ValueInspector, codeAt: (place: FunctionPlace) => CodeAt | undefined) {
    this.#inspector = inspector;
    this.#codeAt = codeAt;
  }

  /** @param location Where problems are reported. */
  describe(of: (...args: never[]) => unknown, location: Diagnostic["location"]): DescribedFunction {
    const description = new Description(this.#inspector, this.#codeAt);
    const described = description.value(of, "run");
    const problems = [...description.problems].map(([path, what]) => problem(path, what, location));
    return { described, problems };
  }
}

class Description {
  /** Path of a value that cannot be described → what it is. */
  readonly problems = new Map<string, string>();
  readonly #inspector: ValueInspector;
  readonly #codeAt: (place: FunctionPlace) => CodeAt | undefined;
  /** Objects → their numbers, in the order in which they were met: a second time, an object is its number. */
  readonly #met = new Map<object, number>();

  constructor(inspector: ValueInspector, codeAt: (place: FunctionPlace) => CodeAt | undefined) {
    this.#inspector = inspector;
    this.#codeAt = codeAt;
  }

  /** @param path How the function gets at it, for people: `options.client`. */
  value(value: unknown, path: string): unknown {
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "symbol") return ["symbol", Symbol.keyFor(value) ?? null, value.description ?? null];
    if (typeof value !== "object" && typeof value !== "function")
      return [typeof value, Object.is(value, -0) ? "-0" : String(value)];
    const known = this.#met.get(value);
    if (known !== undefined) return ["same", known];
    this.#met.set(value, this.#met.size);
    if (isUntracked(value)) return ["untracked"];
    const declaration = declarationOf(value);
    if (declaration !== undefined) return ["handle", describeDeclaration(declaration)];
    return typeof value === "function" ? this.#function(value as () => unknown, path) : this.#object(value, path);
  }

  #function(of: () => unknown, path: string): unknown {
    const inspected = this.#inspector.function(of);
    const { place, bound } = inspected;
    if (bound !== undefined)
      return ["bound", ...Object.entries(bound).map(([name, part]) => this.value(part, `${path} (${name})`))];
    // Functions of V8, of Node and of inc are what their names say.
    if (place === undefined || place.module.startsWith("node:")) return ["native", place?.module ?? null, of.name];
    if (!place.module.startsWith("/")) {
      this.problems.set(path, "a function that was made from text");
      return null;
    }
    if (isOwnModule(place.module)) return ["inc", of.name];
    const code = this.#codeAt(place);
    if (code === undefined) {
      this.problems.set(path, `a function whose code was not found (${place.module}:${place.line + 1})`);
      return null;
    }
    return ["function", code.digest, this.#captured(inspected, code.captured), this.#properties(of, path)];
  }

  #captured({ scopes }: InspectedFunction, names: readonly string[]): unknown {
    return names.map((name) => {
      const scope = scopes.find((variables) => Object.hasOwn(variables, name));
      return [name, scope === undefined ? null : this.value(scope[name], name)];
    });
  }

  #object(value: object, path: string): unknown {
    const what = unreadable(value);
    if (what !== undefined) {
      this.problems.set(path, what);
      return null;
    }
    const content = contentOf(value);
    const inner = Array.isArray(content) ? content.map((item, i) => this.value(item, `${path}[${i}]`)) : content;
    const prototype = prototypeOf(value);
    const isClass = typeof prototype === "function";
    const fields = isClass ? Object.entries(this.#inspector.privateFields(value)) : [];
    return [
      isClass ? this.value(prototype, `${path}.constructor`) : prototype,
      inner ?? null,
      this.#properties(value, path),
      fields.map(([name, field]) => [name, this.value(field, `${path}.${name}`)]),
    ];
  }

  /** Own properties, but for those that every function has, and for the elements of typed arrays. */
  #properties(of: object, path: string): unknown {
    if (ArrayBuffer.isView(of)) return [];
    const isFunction = typeof of === "function";
    return Reflect.ownKeys(of).flatMap((key) => {
      if (isFunction && (key === "name" || key === "length" || key === "prototype")) return [];
      const { value, get, set } = Object.getOwnPropertyDescriptor(of, key) as PropertyDescriptor;
      const inner = /^\d+$/.test(String(key)) ? `${path}[${String(key)}]` : `${path}.${String(key)}`;
      const content = get === undefined && set === undefined ? [value] : [get, set];
      return [[this.value(key, inner), ...content.map((part) => this.value(part, inner))]];
    });
  }
}

function problem(path: string, what: string, location: Diagnostic["location"]): Diagnostic {
  return {
    code: "INC2043",
    severity: "error",
    message: `the function of a task captures "${path}", ${what}, which cannot be tracked`,
    ...(location === undefined ? {} : { location }),
    notes: [
      { message: "inc cannot see whether it is still the same, so it cannot know whether the task is up to date" },
    ],
    help: [
      "make it inside the function, from values that are numbers, texts, arrays, objects, maps or sets",
      'or give the task a version, to be raised when its code changes: version: "1"',
    ],
  };
}
