import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { asRoot, NOBODY } from "../support/users.ts";

const CLI = fileURLToPath(new URL("../../bin/inc.js", import.meta.url));
/** The id of a user that is neither root nor `nobody`. */
const MALLORY = 61_234;
const MANIFEST = `import { out, sh, task } from "inc-run";
export const hello = task(sh\`echo hello > \${out("hello.txt")}\`);
`;

let shared: string;

/** The cache of compiled code for the user who runs these tests. */
let caches: string;
beforeAll(() => {
  caches = mkdtempSync(join(tmpdir(), "inc-caches-"));
  if (process.getuid?.() === 0) chownSync(caches, NOBODY, NOBODY);
});
afterAll(() => rmSync(caches, { recursive: true, force: true }));

/** A shared directory like /tmp: owned by root, where each user may make files and remove only their own. */
beforeEach(() => {
  shared = realpathSync(mkdtempSync(join(tmpdir(), "inc-shared-")));
  chmodSync(shared, 0o1777);
});
afterEach(() => rmSync(shared, { recursive: true, force: true }));

function write(path: string, text: string, owner: number): string {
  const full = join(shared, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  for (let at = full; at !== shared; at = dirname(at)) chownSync(at, owner, owner);
  return full;
}

function as(uid: number, cwd: string, env: Readonly<Record<string, string>> = {}) {
  const own = { PATH: process.env["PATH"], HOME: "/nonexistent", TMPDIR: tmpdir(), XDG_CACHE_HOME: caches };
  return { cwd: join(shared, cwd), uid, gid: uid, env: { ...own, ...env } };
}

/** Runs inc under another user id. */
function incAs(uid: number, cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    ...as(uid, cwd, env),
    encoding: "utf8",
  });
  return { status, stdout, stderr, all: stdout + stderr };
}

asRoot("a manifest of another user in a directory above is not run, and the message says what to do", () => {
  write(
    "pipeline.ts",
    `import { writeFileSync } from "node:fs";\nwriteFileSync("${shared}/pwned", "");\n${MANIFEST}`,
    MALLORY,
  );
  write("mine/notes.txt", "", NOBODY);
  for (const command of ["run", "status", "list", "graph", "clean", "watch"]) {
    const { status, all } = incAs(NOBODY, "mine", [command]);
    expect(all).toContain(`INC1009: the manifest "${shared}/pipeline.ts" belongs to another user (uid ${MALLORY})`);
    expect(all).toContain(`INC_SAFE_DIRECTORY="${shared}"`);
    expect(status).toBe(2);
  }
  expect(spawnSync("ls", [shared], { encoding: "utf8" }).stdout).not.toContain("pwned");
});

asRoot("another user's symlink to one's own manifest is refused", () => {
  const own = write("mine/pipeline.ts", MANIFEST, NOBODY);
  write("theirs/x", "", MALLORY);
  symlinkSync(own, join(shared, "theirs", "pipeline.ts"));
  lchownSync(join(shared, "theirs", "pipeline.ts"), MALLORY, MALLORY);
  expect(incAs(NOBODY, "theirs", ["list"]).all).toContain("INC1009");
});

asRoot("another user's package.json does not define a workspace", () => {
  write("package.json", "{}", MALLORY);
  write("mine/pipeline.ts", MANIFEST, NOBODY);
  const refused = incAs(NOBODY, "mine", ["run"]);
  expect(refused.all).toContain(`INC1009: what makes "${shared}" the workspace, "${shared}/package.json" belongs to`);
  expect(refused.all).toContain(`put a package.json into "${shared}/mine"`);
  write("mine/package.json", "{}", NOBODY);
  expect(incAs(NOBODY, "mine", ["run"])).toMatchObject({ status: 0, stderr: "" });
});

asRoot("a store of another user is neither read nor written", () => {
  write("mine/package.json", "{}", NOBODY);
  write("mine/pipeline.ts", MANIFEST, NOBODY);
  expect(incAs(NOBODY, "mine", ["run"]).status).toBe(0);
  cpSync(join(shared, "mine", ".inc"), join(shared, "mine", "theirs"), { recursive: true });
  spawnSync("chown", ["-R", String(MALLORY), join(shared, "mine", "theirs")]);
  spawnSync("chmod", ["-R", "a+rwX", join(shared, "mine", "theirs")]);
  for (const command of [["run"], ["status"], ["log", "hello.txt"], ["du"], ["gc"]]) {
    const { status, all } = incAs(NOBODY, "mine", command, { INC_DIR: "theirs" });
    expect(all).toContain(`INC1009: the store "${shared}/mine/theirs" belongs to another user`);
    expect(status).toBe(2);
  }
});

asRoot("programs in a node_modules of another user are not run", () => {
  write("package.json", "{}", NOBODY);
  write(
    "pipeline.ts",
    `import { out, sh, task } from "inc-run";\nexport const hello = task(sh\`cat pipeline.ts > \${out("hello.txt")}\`);\n`,
    NOBODY,
  );
  chmodSync(write("node_modules/.bin/cat", `#!/bin/sh\necho pwned\n`, MALLORY), 0o755);
  const { status, all } = incAs(NOBODY, ".", ["run"]);
  expect(all).toContain(
    `INC1009: task "hello" would run programs of others: "${shared}/node_modules" belongs to another user`,
  );
  expect(all).not.toContain("pwned");
  expect(status).toBe(1);
});

asRoot("a module that Node finds in a directory above is not loaded when another user owns it", () => {
  write("node_modules/helper/package.json", `{ "type": "module", "exports": "./index.js" }`, MALLORY);
  write("node_modules/helper/index.js", `console.error("pwned"); export default 1;`, MALLORY);
  write("mine/package.json", "{}", NOBODY);
  write("mine/pipeline.ts", `import "helper";\n${MANIFEST}`, NOBODY);
  const { status, all } = incAs(NOBODY, "mine", ["list"]);
  expect(all).toContain(`INC1009: a module of the manifest, "${shared}/node_modules/helper/index.js" belongs to`);
  expect(all).not.toContain("pwned");
  expect(status).toBe(2);
});

asRoot("root may permit another user's directory by a variable, by a file, or through sudo", () => {
  write("mine/package.json", "{}", NOBODY);
  write("mine/pipeline.ts", MANIFEST, NOBODY);
  const config = join(shared, "config");
  const root = (env: Record<string, string>) => incAs(0, "mine", ["run"], { XDG_CONFIG_HOME: config, ...env }).status;
  expect(root({})).toBe(2);
  expect(root({ INC_SAFE_DIRECTORY: `${shared}/other` })).toBe(2);
  expect(root({ INC_SAFE_DIRECTORY: `${shared}/min` })).toBe(2);
  expect(root({ INC_SAFE_DIRECTORY: `/elsewhere:${shared}/mine` })).toBe(0);
  expect(root({ INC_SAFE_DIRECTORY: "*" })).toBe(0);
  expect(root({ SUDO_UID: String(NOBODY) })).toBe(0);
  expect(root({ SUDO_UID: String(MALLORY) })).toBe(2);
  mkdirSync(join(config, "inc"), { recursive: true });
  writeFileSync(join(config, "inc", "safe-directories"), `/elsewhere\n${shared}/mine\n`);
  expect(root({})).toBe(0);
  // As under `sudo -E`: a configuration file of another user is ignored.
  chownSync(join(config, "inc", "safe-directories"), MALLORY, MALLORY);
  expect(root({})).toBe(2);
});

asRoot("manifests that root owns are trusted, as in an image or a shared installation", () => {
  write("ours/package.json", "{}", 0);
  write("ours/pipeline.ts", MANIFEST, 0);
  expect(incAs(NOBODY, "ours", ["list", "--json"], { INC_DIR: `${shared}/store` })).toMatchObject({ status: 0 });
});

asRoot("a symlink that leads out of a safe directory is not trusted", () => {
  const theirs = write("theirs/pipeline.ts", MANIFEST, MALLORY);
  write("safe/x", "", NOBODY);
  symlinkSync(theirs, join(shared, "safe", "pipeline.ts"));
  expect(incAs(NOBODY, "safe", ["list"], { INC_SAFE_DIRECTORY: `${shared}/safe` }).all).toContain("INC1009");
});

asRoot("a socket of another user is not asked", async () => {
  write("mine/package.json", "{}", NOBODY);
  write("mine/pipeline.ts", MANIFEST, NOBODY);
  expect(incAs(NOBODY, "mine", ["run"]).status).toBe(0);
  const path = join(shared, "mine", ".inc", "watch", "socket");
  rmSync(dirname(path), { recursive: true, force: true });
  write("mine/.inc/watch/x", "", NOBODY);
  let asked = 0;
  const server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o777);
  const run = (): Promise<string> => text(spawn(process.execPath, [CLI, "run"], as(NOBODY, "mine")).stdout);
  chownSync(path, MALLORY, MALLORY);
  expect(await run()).toContain("fresh 1");
  expect(asked).toBe(0);
  // A user does ask a socket of their own.
  chownSync(path, NOBODY, NOBODY);
  expect(await run()).toContain("fresh 1");
  expect(asked).toBe(1);
  server.close();
});
