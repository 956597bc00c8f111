/**
 * What the compiler accepts and refuses of values and of what fans out over them: `npm run types` fails when a line that is marked
 * as an error compiles. This file is never run.
 */
import { each, file, files, type OutputRef, out, records, sh, task } from "inc-run";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_T extends true>(): void => {};

const raw = files("data/*.csv");
const one = file("a.txt");
const none = task(sh`x`);
const mixed = task(sh`x ${out("a")}`, { outputs: { dist: "dist/" } });

// A value: what it is, and that it is an output by its name.
const counted = task(sh`x`, { value: "json" });
const lines = task(sh`x`, { value: "lines" });
const countedToo = task(sh`x ${out("a", "map")}`, { value: "json" });
holds<Same<typeof lines.valueType, readonly string[]>>();
holds<Same<typeof none.valueType, never>>();
holds<Same<typeof counted.outputs.value, OutputRef>>();
sh`${counted} ${lines} ${countedToo.outputs.value} ${countedToo.outputs.map}`;
task(sh`x`, { inputs: [counted, countedToo] });
// @ts-expect-error the task has a value and an artifact
sh`${countedToo}`;
// @ts-expect-error a task without a value has no output by that name
none.outputs.value;
// @ts-expect-error there is no such format
task(sh`x`, { value: "yaml" });
sh`${each(raw, (f) => task(sh`x ${f}`, { value: "json" }))}`;

// A function makes a value of what it returns; readers get its type.
interface Totals {
  readonly rows: number;
  readonly names: readonly string[];
  readonly note?: string;
}
const totals = task({ value: "json", run: async (): Promise<Totals> => ({ rows: 1, names: [] }) });
const counts = task({ inputs: { one }, value: "json", run: ({ inputs }) => ({ path: inputs.one.path, n: [1, null] }) });
holds<Same<typeof totals.valueType, Totals>>();
sh`${totals}`;
task({
  inputs: { totals, counts, lines, countedToo, none },
  run: ({ inputs }) => {
    holds<Same<typeof inputs.totals, Totals>>();
    holds<Same<typeof inputs.lines, readonly string[]>>();
    holds<Same<typeof inputs.counts.path, string>>();
    holds<Same<typeof inputs.countedToo.map.path, string>>();
    holds<Same<typeof inputs.none, undefined>>();
  },
});
const values = each(raw, (csv) => task({ value: "json", run: () => ({ name: csv.name }) }));
task({
  inputs: { values },
  run: ({ inputs }) => holds<Same<typeof inputs.values, ReadonlyMap<string, { name: string }>>>(),
});
// @ts-expect-error JSON has no dates
task({ value: "json", run: () => ({ at: new Date() }) });
// @ts-expect-error JSON has no maps
task({ value: "json", run: async () => new Map<string, number>() });
// @ts-expect-error a value has to be returned
task({ value: "json", run: () => {} });
// @ts-expect-error the lines are those of a command
task({ value: "lines", run: () => ["a"] });

// Units of what a task makes: of the elements of a value, of the files in a directory.
each(lines, (line) => task(sh`x ${line.trim()}`));
each(totals, (member, key) => task(sh`x ${key} ${String(member)}`));
each(counted, { key: (item) => item.id }, (item) => task(sh`x ${item.name}`));
each(task(sh`x ${out("d/")}`), (part) => task(sh`x ${part} ${part.stem}`));
each(mixed.outputs.dist, (part) => task(sh`x ${part}`));
const users = task({ value: "json", run: () => [{ id: 1, name: "a" }] });
each(users, { key: ({ id }) => id }, ({ name }) => task(sh`x ${name}`));
// @ts-expect-error an element has no such member
each(users, (user) => task(sh`x ${user.age}`));

// A part of a value is a value with the type of what is picked.
const rows = totals.pick((v) => v.rows);
holds<Same<typeof rows.valueType, number>>();
sh`${rows} ${counted.pick((v) => v.anything)} ${totals.pick((v) => v.names)}`;
task({ inputs: { rows }, run: ({ inputs }) => holds<Same<typeof inputs.rows, number>>() });
each(
  totals.pick((v) => v.names),
  (name) => task(sh`x ${name.trim()}`),
);
// @ts-expect-error the value has no such member
totals.pick((v) => v.row);
// @ts-expect-error JSON has no maps
totals.pick((v) => new Map([[v.rows, 1]]));
// @ts-expect-error a task without a value has no parts
none.pick(() => 1);

// Records of a file: text by column, or what the author says that lines of JSON hold. Pieces are files.
each(records(one, { key: "id" }), (row, key) => task(sh`x ${key} ${row["tax"] ?? ""}`));
each(records<{ id: string; n: number }>(one, { key: ["id", "n"] }), ({ id, n }) => task(sh`x ${id} ${n}`));
each(records(one, { pieces: "build/pieces" }), (piece) => task(sh`x ${piece} ${piece.stem}`));
records(mixed.outputs.dist, { key: "id" });
// @ts-expect-error It is given neither a key nor a directory for pieces.
records(one, {});
// @ts-expect-error The records have no such column.
records<{ id: string }>(one, { key: "name" });
// @ts-expect-error A set is no file.
records(raw, { key: "id" });

// Over units: what the other callback returned.
const sums = each(raw, (csv) => task({ value: "json", run: () => csv.name.length }));
each(sums, (sum, key) => task(sh`x ${key} ${sum}`));
each(sums, (sum) => task({ inputs: { sum }, value: "json", run: ({ inputs }) => inputs.sum * 2 }));
const steps = each(raw, () => ({ a: task(sh`x ${out("a")}`), b: task(sh`x`) }));
each(steps, ({ a }, key) => task(sh`x ${key} ${a}`));
each(steps.a, (a) => task(sh`x ${a}`));
// @ts-expect-error A task without outputs has no path.
each(steps, ({ b }) => task(sh`x ${b}`));
// @ts-expect-error The record has no such task.
each(steps, ({ c }) => task(sh`x`, { inputs: [c] }));
