import { DiagnosticError } from "../model/diagnostic.ts";
import type { Ready } from "../model/graph.ts";
import type { Location } from "../model/location.ts";
import { origin } from "./call-site.ts";
import { outsOf, partsOf } from "./command-parts.ts";
import type { CommandDeclaration } from "./declaration.ts";
import { declareTask } from "./declare-task.ts";
import { Command, Service } from "./handles.ts";
import type { TaskOptions } from "./task-options.ts";
import { checkOptions } from "./task-options.ts";
import { commonParts, notACommand, timeoutOf } from "./task-parts.ts";

/** How long a service may take to be ready when it does not say so, in milliseconds. */
const TIMEOUT = 60_000;

export interface ServiceOptions
  extends Pick<TaskOptions<Readonly<Record<never, string>>>, "inputs" | "env" | "cwd" | "after" | "description"> {
  /**
   * When it is ready: once it accepts connections on a port of this machine, has printed a line, or answers a GET with
   * 2xx. Default: once it has started.
   */
  readonly ready?: { readonly port: number } | { readonly line: string | RegExp } | { readonly http: string };
  /** How long it may take to be ready: "90s", "2m". Default: 60s. */
  readonly timeout?: string;
}

/**
 * A long-running process that tasks and other services need: a server, a database. It is started when an attempt needs it
 * (`inputs: [it]`, or `after: [it]`), and by `inc watch`.
 * @example export const web = service(sh`node server.js`, { ready: { port: 3000 } });
 */
export function service(command: Command<readonly []>, options: ServiceOptions = {}): Service {
  const from = origin();
  const { location } = from;
  if (!(command instanceof Command)) throw notACommand("service", location);
  checkOptions("service", options, location);
  if (hasOutputs(command.declaration)) throw makesOutputs(location);
  const declaration = declareTask({
    ...commonParts(command.declaration, options, location),
    service: {
      ready: readyOf(options.ready, location),
      timeout: options.timeout === undefined ? TIMEOUT : timeoutOf(options.timeout, location),
    },
    ...from,
  });
  return new Service(declaration, []);
}

function hasOutputs(command: CommandDeclaration): boolean {
  return outsOf(command).length > 0 || partsOf(command).some(({ kind }) => kind === "depfile");
}

function readyOf(ready: ServiceOptions["ready"], location: Location): Ready {
  if (ready === undefined) return { kind: "started" };
  const [entry, ...more] = Object.entries(ready) as [string, unknown][];
  const [name, value] = entry ?? [];
  if (more.length === 0) {
    if (name === "port" && isPort(value)) return { kind: "port", port: value };
    if (name === "http" && isAddress(value)) return { kind: "http", url: value };
    if (name === "line" && typeof value === "string" && value !== "") return { kind: "text", text: value };
    // Each line is matched by itself, from its beginning.
    if (name === "line" && value instanceof RegExp)
      return { kind: "pattern", source: value.source, flags: value.flags.replace(/[gy]/g, "") };
  }
  throw unusable(location);
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;
}

function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\//.test(value) && URL.canParse(value);
}

function unusable(location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2024",
    severity: "error",
    message: 'the option "ready" of a service has an unusable value',
    location,
    help: [
      'give one of { port: 3000 }, { line: "text of a line" }, { line: /…/ } and { http: "http://127.0.0.1:3000/health" }',
    ],
  });
}

function makesOutputs(location: Location): DiagnosticError {
  return new DiagnosticError({
    code: "INC2025",
    severity: "error",
    message: "a service cannot have outputs, because it never ends",
    location,
    help: ["move the part that ends into a task, and make that an input of the service: inputs: [task]"],
  });
}
