/** What the compiler accepts and refuses of Python functions, as `manifest.ts` has it of the rest. This file is never run. */
import { each, file, files, param, python, sh, task, tool } from "inc-run";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_T extends true>(): void => {};

const one = file("a.txt");
const count = param("count", 1);

// A Python function, whose value has the type that the manifest says.
const etl = python("etl.py", { interpreter: tool(".venv/bin/python") });
const cleaned = task({
  inputs: { table: one, limit: count },
  outputs: { out: "build/clean.csv" },
  run: etl.fn("clean"),
});
sh`${cleaned} ${cleaned.outputs.out}`;
const counted = task({ inputs: { cleaned }, value: "json", run: etl.fn<{ rows: number }>("count") });
task({
  inputs: { counted, rows: counted.pick((v) => v.rows) },
  run: ({ inputs }) => holds<Same<typeof inputs, { readonly counted: { rows: number }; readonly rows: number }>>(),
});
// One that makes several units, and one that gives the values of several.
const embedded = each(files("docs/*"), { batch: 9 }, (doc) =>
  task({ inputs: { doc }, outputs: { json: `build/${doc.stem}.json` }, runAll: etl.fn("embed") }),
);
const lengths = each(files("docs/*"), { batch: 9 }, (doc) =>
  task({ inputs: { doc }, value: "json", runAll: etl.fn<number>("lengths") }),
);
task({
  inputs: { embedded: embedded.outputs.json, lengths },
  run: ({ inputs }) => holds<Same<typeof inputs.lengths, ReadonlyMap<string, number>>>(),
});
// @ts-expect-error an interpreter is a tool
python("etl.py", { interpreter: "python3" });
// @ts-expect-error only a task calls it
etl.fn("clean")();
// @ts-expect-error a module alone is no function
task({ run: etl });
