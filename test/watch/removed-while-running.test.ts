import { afterEach, beforeEach, expect, test } from "vitest";
import { EventLines } from "../support/event-lines.ts";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const results = (lines: readonly string[]): string[] =>
  lines
    .map((line) => JSON.parse(line) as { kind: string; task: string; result: string })
    .filter(({ kind }) => kind === "task-ended")
    .map(({ task, result }) => `${task}: ${result}`);

test.each([
  ["a set", `export const late = task(sh\`cat \${files("in/*.txt")} > \${out("late.txt")}\`, { after: [slow] });`],
  [
    "a set that is listed deeply",
    `export const late = task(sh\`cat \${files("in/**/*.txt")} > \${out("late.txt")}\`, { after: [slow] });`,
  ],
  [
    "an each",
    `export const units = each(files("in/*.txt"), (f) => task(sh\`cp \${f} \${out(\`u/\${f.name}\`)}\`, { after: [slow] }));
export const late = task(sh\`cat \${units} > \${out("late.txt")}\`);`,
  ],
])("watch gets over the removal of a member of %s while a task runs", async (_what, late) => {
  rig.manifest(`
export const slow = task(sh\`${rig.held("slow")}; cp \${file("slow.txt")} \${out("slow.out")}\`);
${late}`);
  for (const path of ["in/a.txt", "in/b.txt", "slow.txt"]) rig.write(path, `${path}\n`);
  const running = rig.start(["watch", "--json", "-j2"]);
  const lines = new EventLines(running);
  for (const text of ["1\n", "2\n"]) {
    if (text === "2\n") {
      rig.write("in/b.txt", "in/b.txt\n");
      rig.write("slow.txt", text);
    }
    const slow = await rig.waitFor("slow");
    rig.remove("in/b.txt");
    slow.release();
    let all: string[] = [];
    let last = "";
    do {
      const round = await lines.until("watch-quiet");
      all = [...all, ...results(round)];
      last = round.at(-1) as string;
    } while (!rig.exists("late.txt") || rig.read("late.txt") !== "in/a.txt\n" || !last.includes('"exit":0'));
    expect(all.length).toBeGreaterThan(0);
  }
});

test("watch notices a file that joins an each with gitignore while a task runs, also when the run itself has read it", async () => {
  rig.write(".gitignore", "*.log.txt\n");
  rig.manifest(`
const s = files("in/*.txt", { gitignore: true });
export const slow = task(sh\`${rig.held("slow")}; cp \${file("slow.txt")} \${out("slow.out")}\`);
export const units = each(s, (f) => task(sh\`cp \${f} \${out(\`u/\${f.name}\`)}\`));
export const late = task(sh\`cat \${s} > \${out("late.txt")}\`, { after: [slow] });`);
  for (const path of ["in/a.txt", "slow.txt"]) rig.write(path, `${path}\n`);
  const running = rig.start(["watch", "--json", "-j2"]);
  const lines = new EventLines(running);
  const slow = await rig.waitFor("slow");
  rig.write("in/b.txt", "in/b.txt\n");
  rig.open("slow");
  slow.release();
  await lines.quietAfter("units[b.txt]");
  expect(rig.read("late.txt")).toBe("in/a.txt\nin/b.txt\n");
});
