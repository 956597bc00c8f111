import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";

/** Outputs that differ from their declarations, word for word. */
let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

const NOT_COPIED = "let the command write to the path itself instead of linking to it";

test.each([
  ["mkfifo o", "o", "is a named pipe, not a file", "let the command write a file"],
  ["rm -rf o; touch o", "o/", "is a file, not a directory", 'declare a file without a slash: out("o")'],
  ["mkdir o", "o", "is a directory, not a file", 'declare a directory with a slash: out("o/")'],
  ["ln -s nowhere o", "o", "is a symlink that leads nowhere", NOT_COPIED],
  [
    "ln -s /etc/passwd o",
    "o",
    "is a symlink that leads out of the workspace",
    "copy the file instead of linking to it",
  ],
  ["mkdir d; ln -s d o", "o", "is a symlink to a directory, not to a file", NOT_COPIED],
  [
    "mkdir -p o; mkfifo o/p",
    "o/",
    'contains "p", which is neither a file, a directory nor a symlink',
    "remove it at the end of the command, or write it outside the output",
  ],
  [
    "mkdir -p o; touch o/caf$(printf '\\351')",
    "o/",
    'contains the name "caf\\xe9", which is not UTF-8',
    "let the command use names in UTF-8",
  ],
])("after %s, the output %s", async (command, path, problem, help) => {
  rig.manifest(`export const t = task(sh\`${command}\`, { outputs: { o: "${path}" } });`);
  const { code, stdout } = await rig.run("run");
  expect(code).toBe(1);
  expect(stdout).toContain(`error INC4303: task "t" succeeded, but its output "o" ${problem}\n`);
  expect(stdout).toContain(`  help: ${help}\n`);
});
