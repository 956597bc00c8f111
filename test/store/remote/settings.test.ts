import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseRemote } from "../../../src/store/remote/address.ts";
import { seal } from "../../../src/store/remote/envelope.ts";
import { badRemote } from "../../../src/store/remote/troubles.ts";
import { builderOf } from "../../../src/store/remote/trust/ci-builder.ts";
import { coversScope } from "../../../src/store/remote/trust/scope.ts";
import { scopesOf } from "../../../src/store/remote/trust/scopes.ts";
import { distrust, parsePrivateKey, parsePublicKey } from "../../../src/store/remote/trust/signing.ts";

describe("scopes", () => {
  test.each([
    [undefined, {}, ["main"], "main"],
    ["", {}, ["main"], "main"],
    ["main", { GITHUB_REF: "refs/pull/3/merge" }, ["main"], "main"],
    ["none", {}, ["main"], undefined],
    ["pr/12", {}, ["main", "pr/12"], "pr/12"],
    ["release-1.2", {}, ["main", "release-1.2"], "release-1.2"],
    [undefined, { GITHUB_REF: "refs/heads/main", GITHUB_EVENT_NAME: "push" }, ["main"], "main"],
    [undefined, { GITHUB_REF: "refs/pull/3/merge", GITHUB_EVENT_NAME: "pull_request" }, ["main", "pr/3"], "pr/3"],
    [undefined, { GITHUB_REF: "refs/heads/main", GITHUB_EVENT_NAME: "pull_request_target" }, ["main"], undefined],
    [undefined, { CI_MERGE_REQUEST_IID: "9" }, ["main", "pr/9"], "pr/9"],
  ])("%s in %o", (named, env, reads, writes) => {
    expect(scopesOf(named, env)).toEqual({ reads, writes });
  });

  test.each(["..", "pr/../main", "/main", "main/", "a b", "pr//1", ".hidden", "x".repeat(101), "é"])(
    "%s is none",
    (named) => {
      expect(scopesOf(named, {})).toBeUndefined();
    },
  );

  test("a pattern covers whole names", () => {
    expect(coversScope("*", "main")).toBe(true);
    expect(coversScope("main", "main")).toBe(true);
    expect(coversScope("pr/*", "pr/1")).toBe(true);
    for (const [pattern, scope] of [
      ["main", "main2"],
      ["pr/*", "pr"],
      ["pr/*", "pr2/1"],
      ["pr", "pr/1"],
    ] as const)
      expect(coversScope(pattern, scope)).toBe(false);
  });
});

describe("addresses", () => {
  test("a password is sent, not shown; a token beats it", () => {
    const address = parseRemote("https://a%40b:p%3Aw@host:8443/x", undefined);
    expect(address).toMatchObject({
      text: "https://host:8443/x/",
      authorization: `Basic ${Buffer.from("a@b:p:w").toString("base64")}`,
    });
    expect(parseRemote("https://a:b@host/", "tok\n")).toMatchObject({ authorization: "Bearer tok" });
    expect(parseRemote("http://host", "")).toMatchObject({ text: "http://host/", authorization: undefined });
    expect(parseRemote("file:///a%20b", "tok")).toMatchObject({ authorization: undefined });
  });

  test("a password may come without a user", () => {
    const authorization = `Basic ${Buffer.from(":pw").toString("base64")}`;
    expect(parseRemote("https://:pw@host/", undefined)).toMatchObject({ authorization });
  });

  test.each(["http://u:100%@h/", "https://h/50%/", "s3://b/100%/x", "s3://b/?endpoint=http://a:b@h/", "file:x"])(
    "%s is none, and is no crash",
    (text) => {
      expect(typeof parseRemote(text, undefined)).toBe("string");
    },
  );

  test.each([
    "https://u:12/secret@h/",
    "https:\\\\u:12/secret@h/",
    "https://u:12?secret@h/",
    "https://u:12#secret@h/",
    "https://u@secret/x@h/",
    "s3://id:secret@bucket/",
    "s3://id@bucket/",
  ])("a password that ends the host is refused, not taken for a path: %s", (text) => {
    expect(parseRemote(text, undefined)).toMatch(/^it has (an @ behind the host|a user): /);
    expect(badRemote(text, "it is none").message).not.toContain("secret");
  });

  test.each([
    ["p@ss", "p@ss"],
    ["p%2Fs%3Fs%23%25", "p/s?s#%"],
    ["%20a+b c", " a+b c"],
    ["%C3%A9:é", "é:é"],
    ["'\"<>^`{|}", "'\"<>^`{|}"],
  ])("a password with signs is sent as it is: %s", (written, password) => {
    const authorization = `Basic ${Buffer.from(`u:${password}`).toString("base64")}`;
    expect(parseRemote(`https://u:${written}@[::1]:80/x/`, undefined)).toMatchObject({
      text: "https://[::1]:80/x/",
      authorization,
    });
  });

  test.each([
    ["https://u:se/cret@h/", '"https://h/"'],
    ["https:\\\\u:secret@h\\x?y=secret", '"https:\\\\h\\x?…"'],
    ["https://h/c?sv=1&sig=secret", '"https://h/c?…"'],
    ["u:secret@h:80", '"u:h:80"'],
    ["s3://b/p?endpoint=http://u:secret@h/", '"s3://h/"'],
    ["secret@h", '"h"'],
  ])("what is refused is shown without secrets: %s", (address, shown) => {
    const { message } = badRemote(address, "it is no URL");
    expect(message).toContain(shown);
    expect(message).not.toContain("secret");
  });

  test.each(["a\nb", "a\u0000", "tökën", "\u202e"])("a token that no header can hold is refused: %j", (token) => {
    expect(parseRemote("https://h/", token)).toContain("INC_REMOTE_TOKEN");
  });

  test.each(["", "x", "s4://bucket", "ftp://h/", "file://host/x", "https://h/?sig=1"])("%s is none", (text) => {
    expect(typeof parseRemote(text, undefined)).toBe("string");
  });
});

describe("keys", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();

  test("what is signed is trusted by the key alone, in its scope alone", () => {
    const signer = parsePrivateKey(pem);
    const key = parsePublicKey(spki, "pr/*");
    if (signer === undefined || key === undefined) throw new Error("unusable");
    const payload = Buffer.from("payload");
    const signed = { payload, key: signer.key, signature: signer.sign(payload) };
    expect(distrust(signed, "pr/1", [key])).toBeUndefined();
    expect(distrust(signed, "main", [key])).toContain('may not sign for "main"');
    expect(distrust({ ...signed, payload: Buffer.from("Payload") }, "pr/1", [key])).toContain("is wrong");
    expect(distrust({ ...signed, signature: "" }, "pr/1", [key])).toBe("it is not signed");
    expect(distrust({ ...signed, key: "0123" }, "pr/1", [key])).toContain("does not list");
    expect(distrust({ ...signed, signature: "" }, "pr/1", [])).toBeUndefined();
  });

  test("a signature holds for the present format alone", () => {
    const key = parsePublicKey(spki, "*");
    if (key === undefined) throw new Error("unusable");
    const payload = Buffer.from("payload");
    const signature = (format: string): string =>
      sign(null, Buffer.concat([Buffer.from(`${format}\n`), payload]), privateKey).toString("base64");
    const why = (format: string): string | undefined =>
      distrust({ payload, key: key.id, signature: signature(format) }, "main", [key]);
    const format = seal({}, Buffer.alloc(0), undefined).toString().split(" ")[0] as string;
    expect([why(format), why("inc-record-2")]).toEqual([undefined, expect.stringContaining("is wrong")]);
  });

  test("other keys are none", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
    expect(parsePublicKey(rsa.publicKey.export({ format: "pem", type: "spki" }).toString(), "*")).toBeUndefined();
    expect(parsePrivateKey(rsa.privateKey.export({ format: "pem", type: "pkcs8" }).toString())).toBeUndefined();
    expect(parsePublicKey(pem, "*")).toBeUndefined();
    expect(parsePrivateKey(spki)).toBeUndefined();
    expect(parsePrivateKey("")).toBeUndefined();
  });
});

test("who builds, by what services of CI set", () => {
  expect(builderOf({ CI_PIPELINE_IID: "5", CI_RUNNER_DESCRIPTION: "r", CI_PIPELINE_URL: "https://g/5" })).toEqual({
    builder: "r",
    ci: "GitLab pipeline 5",
    url: "https://g/5",
  });
  expect(builderOf({ BUILD_NUMBER: "5", JENKINS_URL: "https://j/", NODE_NAME: "n", BUILD_URL: "https://j/5" })).toEqual(
    {
      builder: "n",
      ci: "Jenkins build 5",
      url: "https://j/5",
    },
  );
  expect(builderOf({})).toEqual({ builder: expect.stringMatching(/^.+@.+$/) });
});
