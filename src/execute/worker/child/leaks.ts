/** Properties of the process that change by themselves, as Node loads its parts, or that each attempt sets anew. */
const CHANGING: ReadonlySet<PropertyKey> = new Set([
  "_events",
  "_eventsCount",
  "_exiting",
  "chdir",
  "exitCode",
  "env",
  "exit",
]);

/**
 * Globals that are left out: so much as a look at one of them loads all of Node's network, which takes 25 ms, a third of the time
 * that a process needs to be ready.
 */
const LAZY: ReadonlySet<PropertyKey> = new Set([
  "CloseEvent",
  "EventSource",
  "FormData",
  "Headers",
  "MessageEvent",
  "Request",
  "Response",
  "WebSocket",
]);

type Descriptors = ReadonlyMap<PropertyKey, PropertyDescriptor>;

/** What all code of a process can reach and change: globals, the built-in classes, the process itself. */
interface Reachable {
  readonly name: string;
  readonly object: object;
  readonly properties: Descriptors;
}

/** Between two looks for work that is about to end, in milliseconds. */
const PAUSE = 5;
/** How often to look. */
const LOOKS = 20;

/** The state of a process before it executes attempts, so that what one of them leaves behind is seen. */
export class Pristine {
  readonly #reachable: readonly Reachable[] = reachable();
  readonly #listeners = listenerCounts();
  readonly #resources = counts(process.getActiveResourcesInfo());
  readonly #umask = process.umask();

  /** What is other than it was, in words. @param cwd The working directory that it was given. */
  async leaks(cwd: string): Promise<readonly string[]> {
    const work = await this.#leftWork();
    return [
      ...work,
      ...(process.cwd() === cwd ? [] : [`the working directory ${process.cwd()}`]),
      ...(process.umask() === this.#umask ? [] : ["another umask"]),
      ...this.#reachable.flatMap(changed),
      ...added(this.#listeners, listenerCounts()).map((event) => `a listener of the process for "${event}"`),
    ];
  }

  /** Timers, sockets, requests: those that are about to end get a moment for it. */
  async #leftWork(): Promise<readonly string[]> {
    let left: readonly string[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      left = added(this.#resources, counts(process.getActiveResourcesInfo()));
      if (left.length === 0) break;
      await new Promise((resolve) => setTimeout(resolve, look === 0 ? 0 : PAUSE));
    }
    return left.map((type) => WORK[type] ?? `unfinished work (${type})`);
  }
}

/** Names of Node for what keeps a process alive. */
const WORK: Readonly<Record<string, string>> = {
  Timeout: "a timer",
  Immediate: "a timer",
  TCPSocketWrap: "a connection",
  TCPServerWrap: "a server",
  PipeWrap: "a connection",
  PipeServerWrap: "a server",
  ProcessWrap: "a process",
  MessagePort: "a thread or a message port",
  FSEventWrap: "a watched path",
};

function reachable(): readonly Reachable[] {
  const found = new Map<object, string>([[globalThis, "globalThis"]]);
  for (const [name, { value }] of descriptorsOf(globalThis)) {
    if (!isObject(value) || found.has(value)) continue;
    found.set(value, String(name));
    const { prototype } = value as { prototype?: unknown };
    if (isObject(prototype)) found.set(prototype, `${String(name)}.prototype`);
  }
  found.set(process, "process");
  for (const name of ["fs", "fs/promises", "child_process"] as const)
    found.set(process.getBuiltinModule(`node:${name}`) as object, `node:${name}`);
  found.set(Object.getPrototypeOf(Object.getPrototypeOf(process)) as object, "EventEmitter.prototype");
  return [...found].map(([object, name]) => ({ name, object, properties: descriptorsOf(object) }));
}

function changed({ name, object, properties }: Reachable): string[] {
  const now = descriptorsOf(object);
  const keys = new Set([...properties.keys(), ...now.keys()]);
  const label = (key: PropertyKey): string =>
    name === "globalThis" ? `the global ${String(key)}` : `${name}.${String(key)}`;
  return [...keys]
    .filter((key) => !(object === process && CHANGING.has(key)) && !isSame(properties.get(key), now.get(key)))
    .map(label);
}

function isSame(before: PropertyDescriptor | undefined, after: PropertyDescriptor | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  // Node defines some globals by a getter that puts the value in its place when it is asked for first.
  if (before.get !== undefined && after.get === undefined) return before.get.call(globalThis) === after.value;
  return Object.is(before.value, after.value) && before.get === after.get && before.set === after.set;
}

function descriptorsOf(object: object): Descriptors {
  const keys = Reflect.ownKeys(object).filter((key) => object !== globalThis || !isOfNetwork(key));
  return new Map(keys.map((key) => [key, Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor]));
}

/** What `fetch` puts there when it is first used is among them. */
function isOfNetwork(key: PropertyKey): boolean {
  return LAZY.has(key) || (typeof key === "symbol" && key.description?.startsWith("undici.") === true);
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function listenerCounts(): ReadonlyMap<string, number> {
  return new Map(process.eventNames().map((event) => [String(event), process.listenerCount(event)]));
}

function counts(types: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const type of types) found.set(type, (found.get(type) ?? 0) + 1);
  return found;
}

/** Of what there is more than before. */
function added(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after].flatMap(([name, count]) => (count > (before.get(name) ?? 0) ? [name] : []));
}
