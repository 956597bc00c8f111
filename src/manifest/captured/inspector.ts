import { pathOf } from "../module-path.ts";

/** Where a function begins. */
export interface FunctionPlace {
  /** Absolute path of its module; for a function of Node, the name of the module, as `node:fs`. */
  readonly module: string;
  /** From 0. */
  readonly line: number;
  /** From 0, in UTF-16 code units. */
  readonly column: number;
}

/** What V8 knows about a function. */
export interface InspectedFunction {
  /** Undefined: it is not written in JavaScript, or it is bound. */
  readonly place: FunctionPlace | undefined;
  /** The variables around it, innermost scope first. Without those that no function uses. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
  /** Of a function made by `bind`. */
  readonly bound: { readonly target: unknown; readonly receiver: unknown; readonly args: unknown } | undefined;
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
}

interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
}

interface Properties {
  readonly internalProperties?: readonly { readonly name: string; readonly value?: RemoteObject }[];
  readonly privateProperties?: readonly { readonly name: string; readonly value?: RemoteObject }[];
}

/** Values pass between the inspector and this code through a global, because both are of one process. */
const EXCHANGE = Symbol.for("inc.inspector");

const GROUP = "inc";

/** Asks V8's inspector about values of this process. It answers synchronously, and pauses nothing. */
export class ValueInspector {
  readonly #session = new (process.getBuiltinModule("node:inspector").Session)();
  readonly #scripts = new ScriptNames((method, params) => this.#post(method, params));
  readonly #exchange: { given?: unknown; taken?: unknown; take(value: unknown): void } = {
    take(value) {
      this.taken = value;
    },
  };

  constructor() {
    this.#session.connect();
    this.#session.on("Debugger.scriptParsed", ({ params }) => this.#scripts.add(params));
    Object.defineProperty(globalThis, EXCHANGE, { value: this.#exchange, configurable: true });
  }

  function(of: (...args: never[]) => unknown): InspectedFunction {
    return this.#inspect(of, ({ internalProperties = [] }) => {
      const internal = (name: string): RemoteObject | undefined =>
        internalProperties.find((property) => property.name === `[[${name}]]`)?.value;
      const target = internal("TargetFunction");
      return {
        place: this.#placeOf(internal("FunctionLocation")),
        scopes: this.#scopesIn(internal("Scopes")),
        bound: target && {
          target: this.#valueOf(target),
          receiver: this.#valueOf(internal("BoundThis")),
          args: this.#valueOf(internal("BoundArgs")),
        },
      };
    });
  }

  /** Private fields of an object: name → value. */
  privateFields(of: object): Readonly<Record<string, unknown>> {
    return this.#inspect(of, ({ privateProperties = [] }) =>
      Object.fromEntries(
        privateProperties.flatMap(({ name, value }) => (value === undefined ? [] : [[name, this.#valueOf(value)]])),
      ),
    );
  }

  close(): void {
    this.#session.disconnect();
    Reflect.deleteProperty(globalThis, EXCHANGE);
  }

  #inspect<T>(value: unknown, use: (properties: Properties) => T): T {
    this.#exchange.given = value;
    const { result } = this.#post("Runtime.evaluate", {
      expression: `globalThis[Symbol.for("inc.inspector")].given`,
      objectGroup: GROUP,
    }) as { result: RemoteObject };
    try {
      const asked = { objectId: result.objectId, ownProperties: true };
      return use(this.#post("Runtime.getProperties", asked) as Properties);
    } finally {
      this.#post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
      delete this.#exchange.given;
    }
  }

  #placeOf(location: RemoteObject | undefined): FunctionPlace | undefined {
    if (location === undefined) return undefined;
    const { scriptId, lineNumber, columnNumber } = location.value as Record<string, string | number>;
    const url = this.#scripts.of(String(scriptId));
    return { module: pathOf(url) ?? url, line: Number(lineNumber), column: Number(columnNumber) };
  }

  /** Without the outermost ones, of modules and scripts. */
  #scopesIn(scopes: RemoteObject | undefined): InspectedFunction["scopes"] {
    if (scopes === undefined) return [];
    // An array without a prototype.
    const all = this.#valueOf(scopes) as ArrayLike<{ description: string; object: Readonly<Record<string, unknown>> }>;
    return Array.from(all)
      .filter(({ description }) => !/^(?:Module|Script|Global)/.test(description))
      .map(({ object }) => object);
  }

  #valueOf(remote: RemoteObject | undefined): unknown {
    if (remote?.objectId === undefined) return remote?.value;
    const call = `function () { globalThis[Symbol.for("inc.inspector")].take(this); }`;
    this.#post("Runtime.callFunctionOn", { objectId: remote.objectId, functionDeclaration: call });
    const { taken } = this.#exchange;
    delete this.#exchange.taken;
    return taken;
  }

  #post(method: string, params: object): unknown {
    let failure: Error | null = null;
    let result: unknown;
    this.#session.post(method, params, (error, answer) => {
      failure = error;
      result = answer;
    });
    if (failure !== null) throw new Error(`${method}: ${(failure as Error).message}`);
    return result;
  }
}

/**
 * The names of scripts by their ids. Of those of which functions have run the profiler knows them in some 15 ms. The debugger knows them all, and takes
 * 70, as it digests the text of each: it is asked where that does not do.
 */
class ScriptNames {
  readonly #names = new Map<string, string>();
  readonly #post: (method: string, params: object) => unknown;
  readonly #sources = [
    (): void => {
      // Without Profiler.enable: to disable it again would change the coverage that others of this process collect.
      const { result } = this.#post("Profiler.getBestEffortCoverage", {}) as { readonly result: readonly Script[] };
      for (const script of result) this.add(script);
    },
    (): void => void this.#post("Debugger.enable", {}),
  ];

  constructor(post: (method: string, params: object) => unknown) {
    this.#post = post;
  }

  add({ scriptId, url }: Script): void {
    this.#names.set(scriptId, url);
  }

  /** Empty: it has none. */
  of(id: string): string {
    while (!this.#names.has(id) && this.#sources.length > 0) this.#sources.shift()?.();
    return this.#names.get(id) ?? "";
  }
}
