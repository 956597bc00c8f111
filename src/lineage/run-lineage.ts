import { defined } from "../model/defined.ts";
import { pathName } from "../model/object-name.ts";
import type { Store } from "../store/store.ts";
import { LineageBuilder } from "./builder.ts";
import type { LineageDocument } from "./document.ts";
import { allInputsOf, Elements } from "./elements.ts";
import { passedBy } from "./inputs.ts";

/** How many inputs of one attempt the document holds: a set may have a hundred thousand members. */
const INPUTS = 1000;

/** What the attempts of a run used and made, and nothing beyond. The roots are what they made. */
export function runLineage(store: Store, run: string): LineageDocument {
  const { history } = store;
  const builder = new LineageBuilder(store);
  const elements = new Elements(store);
  for (const record of history.attempts(run)) {
    const id = builder.record(record);
    let count = 0;
    for (const input of allInputsOf(record, history, elements)) {
      count += 1;
      if (count > INPUTS) {
        builder.truncate(id);
        break;
      }
      builder.edge({ kind: "used", from: builder.input(input), to: id, ...defined({ element: input.element }) });
    }
    for (const passed of passedBy(record, store)) builder.edge({ kind: "passed", from: passed.id, to: id });
    for (const { path, identity } of record.outputs) {
      const made = history.used(pathName(path), identity, record.seq);
      if (made !== undefined) builder.edge({ kind: "made", from: id, to: builder.root(made) });
    }
  }
  return builder.document("up");
}
