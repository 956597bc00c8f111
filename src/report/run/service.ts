import { safeText } from "../../execute/safe-text.ts";
import type { Event } from "../../model/event.ts";
import type { Ready } from "../../model/graph.ts";
import { printable } from "../../model/printable.ts";
import { paint } from "../text/color.ts";
import { formatDuration } from "../text/duration.ts";

type Ended = Extract<Event, { readonly kind: "service-ended" }>;

const WORDS = { stopped: "stopped", crashed: "crashed", timeout: "failed", unstartable: "failed" } as const;

export interface ServiceLineOptions {
  readonly color: boolean;
  /** The output of services is shown, too. */
  readonly output: boolean;
}

/** The lines about an event of a service; its output has its name before each line. No lines for other events. */
export function serviceLines(event: Event, options: ServiceLineOptions): readonly string[] {
  switch (event.kind) {
    case "service-started":
      return [line("started", event.service, printable(event.command))];
    case "service-ready":
      return [line("ready", event.service, `${formatDuration(event.duration)}${how(event.by)}`)];
    case "service-output": {
      if (!options.output) return [];
      const text = safeText(Buffer.from(event.line), { colours: options.color });
      return [`${paint("cyan", `${printable(event.service)} |`, options.color)} ${text}`.trimEnd()];
    }
    case "service-ended": {
      const word = WORDS[event.cause];
      const said = line(word, event.service, describeEnd(event));
      return [word === "stopped" ? said : said.replace(word, paint("red", word, options.color))];
    }
    default:
      return [];
  }
}

function line(word: string, service: string, rest: string): string {
  return `${word.padEnd(8)} ${printable(service)}  ${rest}`.trimEnd();
}

function how(by: Ready): string {
  if (by.kind === "port") return `  port ${by.port}`;
  return by.kind === "http" ? `  ${printable(by.url)}` : "";
}

/** Says how a service ended, and whether it is started again; empty: it was stopped. */
export function describeEnd({ cause, exit, signal, restartIn }: Ended): string {
  const again = restartIn === undefined ? "" : `, restarting in ${formatDuration(restartIn)}`;
  if (cause === "stopped") return "";
  if (cause === "timeout") return `was not ready in time${again}`;
  if (cause === "unstartable") return `cannot be started${again}`;
  return `${signal === undefined ? `exit code ${exit ?? "unknown"}` : `signal ${signal}`}${again}`;
}
