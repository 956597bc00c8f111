import type { Event } from "../../model/event.ts";

/** A listener to everything that a run tells. */
export interface Report {
  /** Called once per event, in order. Never throws. */
  event(event: Event): void;
  /** Called once, after the last event: what is still buffered goes out. */
  close(): Promise<void> | void;
}
