import { afterEach, beforeEach, expect, test } from "vitest";
import { EventLines } from "../../support/event-lines.ts";
import { Rig } from "../../support/rig.ts";
import type { Running } from "../../support/running.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** A set that lists the root, a directory output, and a task that reads the set and ends while the output is emptied. */
function withPipeline(): void {
  rig.manifest(`
const src = files(["src/**/*.ts", "tsconfig.json"]);
export const bundle = task(sh\`${rig.held("bundle")}; mkdir -p dist/sub; cp src/a.ts dist/main.js; cp src/a.ts dist/sub/x.js\`,
  { inputs: [src], outputs: { dist: "dist/" } });
export const lint = task(sh\`${rig.held("lint")}; grep -q . src/a.ts\`, { inputs: [src] });
export const pack = task(sh\`cat \${bundle}/main.js \${bundle}/sub/x.js > \${out("pack.txt")}\`);`);
  rig.write("tsconfig.json", "{}\n");
}

/** `bundle` has emptied its output when `lint` ends, which makes inc list the root again. */
async function endLintWhileBundleRuns(lintEnded: () => Promise<unknown>): Promise<void> {
  const [bundle, lint] = await Promise.all([rig.waitFor("bundle"), rig.waitFor("lint")]);
  lint.release();
  await lintEnded();
  bundle.release();
}

function made(): readonly string[] {
  return ["dist/main.js", "dist/sub/x.js", "pack.txt"].map((path) => rig.read(path));
}

const ENDED = '"kind":"task-ended","task":"lint","result":"ran"';

test("inc sees a directory output as its task remade it, while another task's set is listed again", async () => {
  withPipeline();
  for (const text of ["y0\n", "y1\n"]) {
    rig.write("src/a.ts", text);
    const running = rig.start(["run", "--json", "-j2"]);
    await endLintWhileBundleRuns(() => running.printed(ENDED));
    const outcome = await running.ended;
    expect(outcome, outcome.stdout).toMatchObject({ code: 0 });
    expect(made()).toEqual([text, text, text + text]);
    expect((await rig.run("run")).stdout).toContain("fresh 3");
  }
});

test("the same holds under watch", async () => {
  withPipeline();
  rig.write("src/a.ts", "y0\n");
  const running: Running = rig.start(["watch", "--json", "-j2"]);
  const lines = new EventLines(running);
  for (const text of ["y0\n", "y1\n", "y2\n"]) {
    if (text !== "y0\n") rig.write("src/a.ts", text);
    await endLintWhileBundleRuns(async () => expect((await lines.until("task-ended")).at(-1)).toContain(ENDED));
    await lines.until("watch-quiet");
    expect(made()).toEqual([text, text, text + text]);
  }
});
