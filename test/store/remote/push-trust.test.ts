import { existsSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FORMAT } from "../../../src/store/schema.ts";
import { FaultServer } from "../../support/fault-server.ts";
import { makeKeys, runShared } from "../../support/shared-runs.ts";
import { withinTables } from "../../support/store.ts";
import { FILES, PIPELINE, Pushing, push, report, TASKS } from "./pushing.ts";

let pushing: Pushing;

beforeEach(() => {
  pushing = new Pushing();
});

afterEach(() => pushing.close());

describe("a store that a task has changed", () => {
  test("has no result signed under the fingerprint of another one (CVE-2025-36852)", async () => {
    const rig = await pushing.made(pushing.signed(PIPELINE));
    await withinTables(rig.path(".inc"), ({ entries, records }) => {
      const all = [...entries.getRange()].map(({ key, value }) => ({ key, value }));
      const of = (task: string) => {
        const found = all.find(({ value }) => (records.get(value.record) as { task: string }).task === task);
        if (found === undefined) throw new Error(task);
        return found;
      };
      const [app, dep, lib, last] = [of("app"), of("dep"), of("lib"), of("all")];
      // The result of another task; with its own fingerprint; other outputs than its record has; and another description.
      entries.putSync(app.key, dep.value);
      entries.putSync(dep.key, { ...app.value, fingerprint: dep.value.fingerprint });
      entries.putSync(lib.key, { ...lib.value, outputs: app.value.outputs });
      const record = records.get(last.value.record) as { description: { command: unknown } };
      const other = records.get(app.value.record) as { description: { command: unknown } };
      records.putSync(last.value.record, { ...record, description: other.description } as never);
    });
    const pushed = await report(rig, pushing.key);
    expect(pushed.uploaded).toEqual([]);
    expect(pushed.leftOut.map(({ task, why }) => `${task}: ${why}`).sort()).toEqual(
      TASKS.map((task) => `${task}: foreign`),
    );
    expect(pushing.shared.tasks()).toEqual([]);
  });

  test("cannot have the token sent to a place of its own", async () => {
    const server = await FaultServer.start();
    try {
      const rig = await pushing.made(
        `export const a = task(sh\`true\`);\nexport default config({ remote: "${server.url}" });`,
      );
      server.requests.length = 0;
      const refused = await push(rig, { INC_REMOTE_TOKEN: "t0ken" });
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("INC1054")]);
      expect(server.requests).toEqual([]);
      expect(await push(rig, { INC_REMOTE_TOKEN: "t0ken", INC_REMOTE: server.url })).toMatchObject({ code: 0 });
      expect(server.requests).toContainEqual(expect.stringMatching(/^PUT \/v1\/records\/main\//));
    } finally {
      await server.close();
    }
  });
});

describe("keys and scopes", () => {
  test.each<[string, (key: string) => Readonly<Record<string, string>>, string, string]>([
    ["without a key", () => ({}), "*", "have to be signed"],
    ["with a key that is not listed", () => ({ INC_SIGNING_KEY: makeKeys().private }), "*", "none of those"],
    ["with a key for another scope", (key) => ({ INC_SIGNING_KEY: key }), "pr/*", 'may not sign for the scope "main"'],
    ["in no scope", (key) => ({ INC_SIGNING_KEY: key, INC_REMOTE_SCOPE: "none" }), "*", "may write no scope"],
    ["with an unusable key", () => ({ INC_SIGNING_KEY: "nonsense" }), "*", "cannot be used to sign"],
  ])("nothing is uploaded %s", async (_, env, scope, message) => {
    const { keys, shared } = pushing;
    const rig = await pushing.made(pushing.signed(PIPELINE, [{ key: keys.public, scope }]));
    const refused = await push(rig, env(keys.private));
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([2, "", expect.stringContaining(message)]);
    expect(existsSync(`${shared.root}/v1`)).toBe(false);
  });

  test("a pull request's results go to its own scope", async () => {
    const rig = await pushing.made(pushing.signed(PIPELINE, [{ key: pushing.keys.public, scope: "pr/*" }]));
    expect(await push(rig, { ...pushing.key, GITHUB_REF: "refs/pull/7/merge" })).toMatchObject({ code: 0 });
    expect(new Set(pushing.shared.records().map(({ scope }) => scope))).toEqual(new Set(["pr/7"]));
  });
});

describe("without something to go by", () => {
  test("a workspace without a store, without a run, with a store of another format, or without an address is an error", async () => {
    const rig = await pushing.checkouts.make(PIPELINE, FILES);
    const errors: string[] = [];
    const attempt = async (env: Readonly<Record<string, string>> = pushing.key): Promise<void> => {
      const { code, stderr } = await push(rig, env);
      expect(code).toBe(2);
      errors.push(/INC\d+/.exec(stderr)?.[0] ?? stderr);
    };
    await attempt();
    await runShared(rig, {});
    await attempt();
    await withinTables(rig.path(".inc"), ({ meta }) => meta.putSync("format", FORMAT - 1));
    await attempt();
    await attempt({ ...pushing.key, INC_REMOTE: pushing.shared.url });
    // The third one says that the store was set aside, too.
    expect(errors).toEqual(["INC1031", "INC1054", "INC3008", "INC1056"]);
  });
});
