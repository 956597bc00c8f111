import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { plainCommand } from "../../src/execute/plain-command.ts";

const directory = mkdtempSync(join(tmpdir(), "inc-plain-"));
const ENV = { PATH: `${directory}:/usr/bin:/bin`, LC_ALL: "C.UTF-8" };

writeFileSync(join(directory, "show"), '#!/bin/sh\nfor word in "$0" "$@"; do printf "<%s>" "$word"; done\n');
chmodSync(join(directory, "show"), 0o755);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What a command prints. On a socket as its input, bash would read the user's `.bashrc`. */
function bash(text: string, env: Readonly<Record<string, string>> = ENV): string {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  return execFileSync("bash", ["-e", "-o", "pipefail", "-c", text], {
    cwd: directory,
    env,
    stdio: [...stdio],
    encoding: "utf8",
  });
}

describe("plain are", () => {
  test.each([
    ["cksum a b", ["cksum", "a", "b"], undefined],
    ["cksum a b > c", ["cksum", "a", "b"], "c"],
    [" \n\tcksum  a\t>c \n", ["cksum", "a"], "c"],
    ["./x.sh --in=a,b 2 > 'my file'", ["./x.sh", "--in=a,b", "2"], "my file"],
    [`cat 'a b'"c d"e '' "$"''`.replace('"$"', '"%"'), ["cat", "a bc de", "", "%"], undefined],
    ["cat 'a\nb' > c", ["cat", "a\nb"], "c"],
  ])("%j", (text, words, stdout) => {
    const plain = plainCommand(text, ENV);
    expect([plain?.program, ...(plain?.args ?? [])]).toEqual(words);
    expect(plain?.stdout).toBe(stdout);
  });
});

describe("not plain are", () => {
  test.each(
    [
      [
        "",
        "> a",
        "a > b > c",
        "a > b c",
        "a >",
        "a>b",
        "a 2> b",
        "a 2>&1",
        "a >> b",
        "a >| b",
        "a >& b",
        "a < b",
        "a &> b",
      ],
      [
        "a; b",
        "a\nb",
        "a & b",
        "a && b",
        "a | b",
        "(a)",
        "{ a",
        "! a",
        "a # b",
        "a \\b",
        "a $b",
        'a "$b"',
        "a `b`",
        'a "`b`"',
      ],
      [
        "a *",
        "a b?",
        "a [b]",
        "a {b,c}",
        "a ~",
        "a=1",
        "a=1 b",
        "%1",
        "-x",
        "+x",
        "a é",
        "a\u00a0b",
        "\u00a0a",
        "a\rb",
        "'a",
        'a "b',
      ],
      ['a "b\\"', 'a "!b"', "a !b", "a ^b"],
    ].flat(),
  )("%j", (text) => {
    expect(plainCommand(text, ENV)).toBeUndefined();
  });

  test("the words and commands that bash has itself", () => {
    const own = bash("compgen -b; compgen -k").trim().split("\n");
    expect(own.length).toBeGreaterThan(60);
    expect(own.filter((word) => plainCommand(`${word} a`, ENV) !== undefined)).toEqual([]);
    expect(own.filter((word) => plainCommand(`'${word}' a`, ENV) !== undefined)).toEqual([]);
  });

  test.each([
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "PS1",
    "SSH_CLIENT",
    "POSIXLY_CORRECT",
    "IFS",
    "_",
    "PWD",
    "SHLVL",
    "UID",
    "not.a.name",
    "BASH_FUNC_a%%",
  ])("any command with the variable %s", (name) => {
    expect(plainCommand("cat a", { ...ENV, [name]: "1" })).toBeUndefined();
  });
});

test("bash passes on every variable with which a command is plain, and sets no other", () => {
  const names = bash("compgen -v").trim().split("\n");
  const others = [
    "HOME",
    "USER",
    "TERM",
    "TZ",
    "SHELL",
    "HOSTNAME",
    "HOSTTYPE",
    "OSTYPE",
    "MACHTYPE",
    "COLUMNS",
    "LINES",
    "MAIL",
    "CDPATH",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "SSH_CLIENT",
    "SSH_CONNECTION",
    "SSH2_CLIENT",
    "IGNOREEOF",
    "PROMPT_COMMAND",
    "TMOUT",
  ];
  const passed = [...new Set([...names, ...others])].filter(
    (name) => name !== "PATH" && plainCommand("env", { ...ENV, [name]: "a b" }) !== undefined,
  );
  expect(passed).toContain("HOSTNAME");
  const env = { ...ENV, ...Object.fromEntries(passed.map((name) => [name, `value of ${name}`])) };
  const shown = bash("env", { ...env, LC_ALL: "C.UTF-8" });
  const own = /^(?:PWD|SHLVL|_)=/;
  const lines = shown
    .trim()
    .split("\n")
    .filter((line) => !own.test(line));
  expect(lines.sort()).toEqual(
    Object.entries({ ...env, LC_ALL: "C.UTF-8" })
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
  );
});

const seed = Number(process.env["INC_PLAIN_SEED"] ?? Date.now() % 1e6);

test(`bash takes random plain commands to pieces in the same way (INC_PLAIN_SEED=${seed})`, () => {
  let state = seed;
  const pick = <T>(from: readonly T[]): T => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return from[(state >>> 8) % from.length] as T;
  };
  const pieces = [
    ..."ab09_./,:+@%=-~#!$\\`*?[]{}();&|<^\"'\n\t",
    " ",
    " ",
    " > ",
    ">",
    "''",
    "'a  b'",
    '"a  b"',
    "'é'",
    "2>",
    "a=b",
  ];
  let plain = 0;
  for (let i = 0; plain < 200; i += 1) {
    const text = `show ${Array.from({ length: 1 + (i % 7) }, () => pick(pieces)).join("")}`;
    const parsed = plainCommand(text, ENV);
    // Only files in this directory.
    if (parsed === undefined || /\/|^\.*$/.test(parsed.stdout ?? "a")) continue;
    plain += 1;
    const shown = bash(parsed.stdout === undefined ? text : `${text.trim()} && cat < '${parsed.stdout}'`);
    const words = [join(directory, "show"), ...parsed.args].map((word) => `<${word}>`).join("");
    expect([text, shown]).toEqual([text, words]);
  }
});
