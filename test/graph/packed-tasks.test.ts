import fc from "fast-check";
import { expect, test } from "vitest";
import { packTasks, unpackTasks } from "../../src/graph/packed/packed-tasks.ts";
import type { Task } from "../../src/model/graph.ts";
import { taskOf } from "../support/graph.ts";

/** What is there after tasks were written and read. */
function read(tasks: readonly Task[]): readonly Task[] {
  return unpackTasks(JSON.parse(JSON.stringify(packTasks(tasks))));
}

const leaf = fc.constantFrom<string | number | boolean | null>("", "a", "b", 0, 1, -1, true, null);
const name = fc.constantFrom("a", "b", "0", "length", "__proto__", "constructor");
/** As the place of a call, which is found when it is written. */
class Place {
  readonly #line: unknown;

  constructor(line: unknown) {
    this.#line = line;
  }

  get line(): unknown {
    return this.#line;
  }

  toJSON(): object {
    return { file: "f", line: this.#line };
  }
}

/** Parts of a task that no type knows: what is packed is any JSON. */
const { part } = fc.letrec<{ part: unknown }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.constant(undefined),
    leaf.map((line) => new Place(line)),
    fc.array(tie("part"), { maxLength: 3 }),
    fc.dictionary(name, tie("part"), { maxKeys: 3 }),
  ),
}));
const task = fc
  .record({
    id: leaf,
    group: fc.constantFrom(undefined, "a", "b"),
    location: leaf.map((line) => new Place(line)),
    more: part,
    env: part,
  })
  .map(({ id, more, ...others }) => ({ ...taskOf(`${id}`), ...others, more }) as unknown as Task);

test("tasks are read as they were written, in their order, however much or little they have in common", () => {
  fc.assert(
    fc.property(fc.array(task, { maxLength: 40 }), (tasks) => {
      // As texts: the order of properties counts where declarations are compared.
      expect(JSON.stringify(read(tasks))).toBe(JSON.stringify(tasks));
      // What was read shares its parts.
      expect(JSON.stringify(read(read(tasks)))).toBe(JSON.stringify(tasks));
    }),
    { numRuns: 1000 },
  );
});

test("tasks that were packed before are taken over, among others that come and go", () => {
  const some = fc.array(fc.nat(1000), { maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(task, { maxLength: 30 }),
      fc.array(task, { maxLength: 4 }),
      some,
      some,
      (tasks, more, gone, at) => {
        const packed = JSON.parse(JSON.stringify(packTasks(tasks))) as ReturnType<typeof packTasks>;
        const before = unpackTasks(packed);
        const now = before.filter((_, i) => !gone.some((place) => place % before.length === i));
        for (const [i, one] of more.entries()) now.splice((at[i] ?? 0) % (now.length + 1), 0, one);
        // One that is elsewhere now.
        if (at.length > 3) now.push(...now.splice(0, 1));
        const again = packTasks(now, { tasks: before, packed });
        expect(JSON.stringify(unpackTasks(JSON.parse(JSON.stringify(again))))).toBe(JSON.stringify(now));
      },
    ),
    { numRuns: 1000 },
  );
});

test("units are written once but for what differs, and share the rest in memory", () => {
  const units = Array.from({ length: 1000 }, (_, i) => taskOf(`u[${i}]`, ["a"], { group: "u", key: `${i}` }));
  const others = [
    taskOf("a"),
    taskOf(
      "many",
      Array.from({ length: 1000 }, (_, i) => `u[${i}]`),
    ),
  ];
  const all = [others[0] as Task, ...units, others[1] as Task];
  expect(read(all)).toEqual(all);
  expect(JSON.stringify(packTasks(units)).length).toBeLessThan(JSON.stringify(units).length / 8);
  const [first, second] = read(units);
  expect(first?.inputs).toBe(second?.inputs);
  expect(first?.outputs).not.toBe(second?.outputs);
});
