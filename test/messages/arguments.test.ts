import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { refusal } from "../support/said.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

/** The exact stderr of bad manifests and arguments, with exit code 2. */
const message = (...args: string[]): Promise<string> => refusal(rig, "run", ...args);

test("an unknown task", async () => {
  rig.manifest("export const report = task(sh`true`);");
  expect(await message("reprot")).toMatchInlineSnapshot(`
    "error INC1001: there is no task "reprot"
      help: did you mean "report"?"
  `);
});

test("parameters that are unknown, missing, or of another type", async () => {
  rig.manifest(
    'const n = param("n", 1); const m = param("must"); const b = param("flag", false);\nexport const t = task(sh`echo ${n} ${m} ${b}`);',
  );
  expect(await message("--param", "mutt=1", "--param", "n=many", "--param", "flag=maybe")).toMatchInlineSnapshot(`
    "error INC2520: there is no parameter "mutt"
      help: did you mean "must"?
    error INC2521: the parameter "n" is a number, and "many" is not
      --> pipeline.ts:2:11
    2 | const n = param("n", 1); const m = param("must"); const b = param("flag", false);
                  ^
      help: give a number
    error INC2011: the parameter "must" is required
      --> pipeline.ts:2:36
    2 | const n = param("n", 1); const m = param("must"); const b = param("flag", false);
                                           ^
      help: set it: inc run --param must=…
    error INC2521: the parameter "flag" is a boolean, and "maybe" is not
      --> pipeline.ts:2:61
    2 | const n = param("n", 1); const m = param("must"); const b = param("flag", false);
                                                                    ^
      help: give true or false"
  `);
});

test("flags and arguments that cannot be used", async () => {
  rig.manifest("export const t = task(sh`true`);");
  expect(await message("--param", "x")).toMatchInlineSnapshot(`
    "error INC1003: "--param x" cannot be used
      help: write it as --param name=value"
  `);
  expect(await message("-j", "many")).toMatchInlineSnapshot(`
    "error INC1003: "many" is not a number of jobs
      help: give a whole number, such as 4, or a share of the cores, such as 50%"
  `);
  expect(await message("--lock-wait", "soon")).toMatchInlineSnapshot(`
    "error INC1003: "--lock-wait soon" cannot be used
      help: use a duration, such as 30s or 5m, or 0"
  `);
  expect(await message("--", "extra")).toMatchInlineSnapshot(`
    "error INC1003: "-- extra" cannot be used
      help: name the task that takes these arguments: inc run TASK -- args"
  `);
  expect(await message("--no-such-flag")).toMatchInlineSnapshot(`
    "error INC1003: Nonexistent flag: --no-such-flag
      help: inc run --help shows its flags"
  `);
  expect(await message("--output-logs", "some")).toMatchInlineSnapshot(`
    "error INC1003: Expected --output-logs=some to be one of: full, new-only, errors-only, none, stream
      help: inc run --help shows its flags"
  `);
});
