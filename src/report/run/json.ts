import type { Event } from "../../model/event.ts";
import type { Report } from "./report.ts";

/** One JSON object per event and line. Field names are those of the events; buffers become UTF-8 strings. */
export function jsonReport(stdout: { write(text: string): unknown }): Report {
  return {
    event(event: Event): void {
      stdout.write(`${renderJson(event)}\n`);
    },
    close(): void {},
  };
}

function renderJson(event: Event): string {
  // Replaced before JSON.stringify sees it: a Buffer's own toJSON would give an array of numbers.
  if (event.kind !== "task-ended" || event.output === undefined) return JSON.stringify(event);
  return JSON.stringify({ ...event, output: event.output.toString("utf8") });
}
