import type { Event } from "../../model/event.ts";

/** Shows the events of a run. */
export interface Report {
  /** Called once per event, in order. Never throws. */
  event(event: Event): void;
  /** Called once, after the last event: flushes what is buffered. */
  close(): Promise<void> | void;
}
