import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../../../src", import.meta.url));

/** Calls that change a name, a mode, a time or content. `openSync` counts by its flags. */
const CHANGING =
  /(?<!\.)\b(rm|unlink|rmdir|rename|writeFile|appendFile|copyFile|cp|mkdir|mkdtemp|symlink|link|chmod|chown|lchown|utimes|lutimes|truncate|createWriteStream)(Sync)?\(/;
const OPENED_TO_WRITE = /\bopenSync\([^)]*,\s*"(?!r")[^"]*"/;

/** Files that write without `Contained`, and why they reach neither the workspace nor follow its symlinks. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "host/files/contained.ts": "the one place",
  "host/files/descend.ts": "makes the directories on the way, for Contained",
  "host/files/tree-changes.ts": "removes and unlocks what Contained has opened",
  "host/net/line-server.ts": "a socket, in a directory of its own that only the owner may enter",
  "host/events/cookies.ts": "files without content, in a directory of its own that only the owner may enter",
  "host/debug.ts": "writes where the person says (INC_DEBUG), anywhere",
  "host/files/pass.ts": "writes where its caller says: in the store, or at a place that Contained passed on",
  "versions/extract.ts": "writes where the person says, anywhere",
  "report/ci/job-summary.ts": "writes where the CI system says, anywhere",
  "report/run/report-file.ts": "writes where the person says, anywhere",
  "commands/lineage.ts": "writes where the person says, anywhere",
  "commands/help/write-texts.ts": "run by the build of inc itself, never by inc; writes in dist/",
  "action/restore.ts": "makes the directory of a job's results, in the temporary directory of the runner",
  "action/uses.ts": "looks after that directory alone",
  "commands/ci/ci.ts": "writes a new file where CI systems look for it, when a person asks for that",
  "commands/init.ts": "writes where the person says, anywhere",
  "execute/ray/place-made.ts":
    "removes what came from a cluster to the store's directory; its symlinks are made where Contained says",
  "manifest/records.ts": "the function of a task, whose output it writes as any function of a manifest does",
};

/** Folders whose files write in the store's directory alone. */
const IN_THE_STORE =
  /^(store\/|host\/(files\/(clock|own-files)|events\/notices)\.ts|execute\/(secrets|log-files|ray\/(log|cluster-notice|unchanged|check)|local\/(executor|attempt-output|supervise)|python\/execute)\.ts|services\/journal\.ts|versions\/(put\/take|stream)\.ts|workspace\/snapshot\.ts|run\/attempt\/attempts\.ts|access\/dead-processes\.ts)/;

test("all removals and writes in a workspace go through Contained", () => {
  const files = readdirSync(SRC, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const offenders = files.flatMap((entry) => {
    const path = relative(SRC, join(entry.parentPath, entry.name));
    if (path in ELSEWHERE || IN_THE_STORE.test(path)) return [];
    const lines = readFileSync(join(SRC, path), "utf8").split("\n");
    const isFs = lines.some((line) => /from "node:fs(\/promises)?"|getBuiltinModule\("node:fs/.test(line));
    return isFs
      ? lines.flatMap((line, i) =>
          CHANGING.test(line) || OPENED_TO_WRITE.test(line) ? [`${path}:${i + 1}${line}`] : [],
        )
      : [];
  });
  expect(offenders).toEqual([]);
});

test("only Contained uses the functions that act on a path it has opened", () => {
  const users = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith(".ts") && /from ".*\btree-changes\.ts"/.test(readFileSync(join(SRC, path), "utf8")),
  );
  expect(users).toEqual(["host/files/contained.ts"]);
});

test("only `transact` begins a transaction of LMDB, so that none is without a second try", () => {
  const users = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
    (path) =>
      path.endsWith(".ts") &&
      /\.(transaction|transactionSync|childTransaction)\(/.test(readFileSync(join(SRC, path), "utf8")),
  );
  expect(users).toEqual(["store/transact.ts"]);
});
