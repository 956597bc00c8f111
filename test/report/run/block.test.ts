import { expect, test } from "vitest";
import { Block } from "../../../src/report/run/block.ts";

const settled = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

/** The cursor goes to the first column, then up and clears so many rows. */
const erased = (rows: number): string => `\r${"\u001b[1A\u001b[2K".repeat(rows)}`;

function terminal(columns: number) {
  const writes: string[] = [];
  return { writes, columns, rows: 24, write: (text: string) => writes.push(text) };
}

test("text above the block and the block below it are one write", async () => {
  const screen = terminal(40);
  const block = new Block(screen);
  let running = "one";
  block.draw(() => [running, "0/2"]);
  running = "two";
  block.above("ran one\n");
  block.above("  its output\n");
  await settled();
  expect(screen.writes).toEqual(["\u001b[?25lone\n0/2\n", `${erased(2)}ran one\n  its output\n\u001b[?25ltwo\n0/2\n`]);
});

test("text is written unchanged before the block is drawn and after it is removed", async () => {
  const screen = terminal(40);
  const block = new Block(screen);
  block.above("first\n");
  await settled();
  block.draw(() => ["x"]);
  block.above("last\n");
  block.remove();
  block.above("summary\n");
  block.flush();
  expect(screen.writes).toEqual(["first\n", "\u001b[?25lx\n", `${erased(1)}last\n`, "\u001b[?25h", "summary\n"]);
});

test("on a terminal that became narrower, the rows of wrapped lines are cleared, colors not counted", () => {
  const screen = terminal(40);
  const block = new Block(screen);
  block.draw(() => ["x".repeat(40), `\u001b[31m${"日".repeat(8)}\u001b[0m`, ""]);
  screen.columns = 15;
  block.draw(() => ["y"]);
  // 40 columns in 15 are 3 rows, 16 are 2, and an empty line is one.
  expect(screen.writes.at(-1)).toBe(`${erased(6)}\u001b[?25ly\n`);
});
