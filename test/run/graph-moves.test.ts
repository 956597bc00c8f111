import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

interface Case {
  readonly what: string;
  readonly manifest: string;
  readonly change: () => void;
  readonly outputs: Readonly<Record<string, string | undefined>>;
}

const UNITS = `export const units = each(files("in/*.txt"), (f) => task(sh\`cp \${f} \${out(\`u/\${f.name}\`)}\`));
export const all = task(sh\`cat \${units} > \${out("all.txt")}\`);`;

const CASES: readonly Case[] = [
  {
    what: "a file joins an each",
    manifest: UNITS,
    change: () => rig.write("in/b.txt", "b\n"),
    outputs: { "u/b.txt": "b\n", "all.txt": "a\nb\nz\n" },
  },
  {
    what: "a file leaves an each",
    manifest: UNITS,
    change: () => rig.remove("in/z.txt"),
    outputs: { "u/z.txt": undefined, "all.txt": "a\n" },
  },
  {
    what: "a listing has another member",
    manifest: `export const names = task(sh\`printf %s \${list("in/*.txt").join(",")} > \${out("all.txt")}\`);`,
    change: () => rig.write("in/b.txt", "b\n"),
    outputs: { "all.txt": "in/a.txt,in/b.txt,in/z.txt" },
  },
  {
    what: "a module that the manifest imports is edited",
    manifest: `import { text } from "./text.ts";
export const said = task(sh\`printf %s \${text} > \${out("all.txt")}\`);`,
    change: () => rig.write("text.ts", `export const text = "two";\n`),
    outputs: { "all.txt": "two" },
  },
  {
    what: "the manifest itself is edited",
    manifest: `export const said = task(sh\`echo one > \${out("all.txt")}\`);`,
    change: () => rig.write("pipeline.ts", rig.read("pipeline.ts").replace("echo one", "echo two")),
    outputs: { "all.txt": "two\n" },
  },
];

test.each(CASES)("exit 0 holds when $what while a task runs", async ({ manifest, change, outputs }) => {
  for (const name of ["a", "z"]) rig.write(`in/${name}.txt`, `${name}\n`);
  rig.write("text.ts", `export const text = "one";\n`);
  rig.manifest(
    `${manifest}\nexport const slow = task(sh\`${rig.held("slow")}; cp \${file("in/a.txt")} \${out("slow.txt")}\`);`,
  );
  const running = rig.start(["run", "--json"]);
  const slow = await rig.waitFor("slow");
  change();
  slow.release();
  rig.open("slow");
  const outcome = await running.ended;
  expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 });
  expect(outcome.stdout).toContain("INC4223");
  for (const [path, text] of Object.entries(outputs))
    expect([path, rig.exists(path) ? rig.read(path) : undefined]).toEqual([path, text]);
  expect((await rig.run("run")).stdout).toMatch(/ran 0, restored 0, fresh \d+, failed 0/);
});

test("inc reports a manifest that breaks while a task runs", async () => {
  rig.manifest(`export const slow = task(sh\`${rig.held("slow")}; echo x > \${out("slow.txt")}\`);`);
  const running = rig.start(["run"]);
  const slow = await rig.waitFor("slow");
  rig.write("pipeline.ts", "export const slow = ;\n");
  slow.release();
  expect((await running.ended).code).toBe(2);
});
