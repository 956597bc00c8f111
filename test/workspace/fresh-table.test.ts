import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fingerprint } from "../../src/model/digest.ts";
import { FreshTable, type FreshTask, NO_TASKS } from "../../src/workspace/fresh-table.ts";

const task = fc.record({
  id: fc.string(),
  fingerprint: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString("hex") as Fingerprint),
  took: fc.double({ min: 0, max: 1e9, noNaN: true }),
  form: fc.constantFrom<FreshTask["form"]>(0, 1, 2),
  found: fc.array(fc.string(), { maxLength: 2 }),
});
const tasks = fc.uniqueArray(task, { maxLength: 20, selector: ({ id }) => id });

function read(table: FreshTable): FreshTable {
  return new FreshTable(JSON.parse(JSON.stringify(table.names)), Buffer.from(table.bytes));
}

function known(table: FreshTable, id: string): FreshTask | undefined {
  const row = table.row(id);
  if (row === undefined) return undefined;
  return { fingerprint: table.fingerprint(row), took: table.took(row), form: table.form(row), found: table.found(row) };
}

test("a table has what was put into it, also after it was written, in whatever order it is asked", () => {
  fc.assert(
    fc.property(tasks, fc.array(fc.nat()), (all, asked) => {
      const table = read(FreshTable.of(all, ({ id: _, ...one }) => one, NO_TASKS));
      expect(table.ids).toEqual(all.map(({ id }) => id));
      for (const { id, ...one } of [...all, ...asked.flatMap((at) => all[at % all.length] ?? [])])
        expect(known(table, id)).toEqual(one);
      expect(table.row("\0 of none")).toBeUndefined();
    }),
  );
});

/** Tasks, and others of which many are among them, some one after the other. */
const changed = tasks.chain((old) => {
  const some = fc.oneof(fc.subarray(old), fc.shuffledSubarray(old));
  return fc.tuple(some, tasks, some).map((parts) => {
    const byId = new Map(parts.flat().map((one) => [one.id, one]));
    return { old, now: [...byId.values()] };
  });
});

test("rows of another table are taken over, beside new ones", () => {
  fc.assert(
    fc.property(changed, ({ old, now }) => {
      const before = FreshTable.of(old, ({ id: _, ...one }) => one, NO_TASKS);
      const after = read(FreshTable.of(now, ({ id, ...one }) => before.row(id) ?? one, before));
      for (const { id, ...one } of now) expect(known(after, id)).toEqual(known(before, id) ?? one);
    }),
  );
});
