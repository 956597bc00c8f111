import { StringDecoder } from "node:string_decoder";
import { type Event, singly } from "../../model/event.ts";
import type { Report } from "./report.ts";

/** Prints one JSON object per event and line, with the fields of the event; buffers become UTF-8 strings. */
export function jsonReport(stdout: { write(text: string): unknown }): Report {
  /** By task: a character may be split between two events. */
  const decoders = new Map<string, StringDecoder>();
  const decode = (task: string, output: Buffer): string => {
    const decoder = decoders.get(task) ?? new StringDecoder("utf8");
    decoders.set(task, decoder);
    return decoder.write(output);
  };
  // Buffers are replaced before JSON.stringify sees them: their own toJSON would give an array of numbers.
  const render = (event: Event): string => {
    if (event.kind === "task-output") return JSON.stringify({ ...event, output: decode(event.task, event.output) });
    if (event.kind === "attempt-started") decoders.delete(event.task);
    if (event.kind !== "task-ended" || event.output === undefined) return JSON.stringify(event);
    return JSON.stringify({ ...event, output: event.output.toString("utf8") });
  };
  return {
    event(event: Event): void {
      for (const single of singly(event)) stdout.write(`${render(single)}\n`);
    },
    close(): void {},
  };
}
