import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findNginx, Nginx } from "../../support/nginx.ts";
import type { Rig } from "../../support/rig.ts";
import { Checkouts, ran, runShared, type SharedRun } from "../../support/shared-runs.ts";

let checkouts: Checkouts;

beforeEach(() => {
  checkouts = new Checkouts();
});

afterEach(() => checkouts.close());

const PIPELINE = `
const src = files("src/*.txt");
export const up = each(src, (f) => task(sh\`tr a-z A-Z < \${f} > \${out(\`build/\${f.stem}.up\`)}; echo did \${f}\`));
export const tree = task(sh\`mkdir -p \${out("build/tree/")} && cat \${up} > build/tree/all\`);
export const noise = task(sh\`node -e 'process.stdout.write(require("crypto").createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(3000000)))' > \${out("build/noise")}\`);
export const zeros = task(sh\`head -c 3000000 /dev/zero > \${out("build/zeros")}\`);
export const dep = task(sh\`cat src/one.txt > \${out("build/dep")}; echo "build/dep: src/one.txt" > \${depfile("build/dep.d")}\`);
`;
const FILES = { "src/one.txt": "one\n", "src/two.txt": "two\n" };

const nginx = findNginx();
if ("missing" in nginx) console.warn(`the tests with nginx are skipped: ${nginx.missing}`);

describe.skipIf("missing" in nginx)("nginx", () => {
  let server: Nginx;

  async function start(change: (configuration: string) => string = (text) => text): Promise<void> {
    if ("program" in nginx) server = await Nginx.start(nginx.program, change);
  }

  const run = (rig: Rig, env: Readonly<Record<string, string>> = {}): Promise<SharedRun> =>
    runShared(rig, { INC_REMOTE: server.url, ...env });

  afterEach(() => server.stop());

  test("a writer with a token shares, a reader without one takes everything and shares nothing", async () => {
    await start();
    const first = await checkouts.make(PIPELINE, FILES);
    expect(await run(first, { INC_REMOTE_TOKEN: "MAIN-TOKEN" })).toMatchObject({ code: 0, warnings: [] });
    const second = await checkouts.make(PIPELINE, FILES);
    const taken = await run(second);
    expect(taken).toMatchObject({ code: 0, warnings: [] });
    expect(ran(taken)).toEqual([]);
    second.write("src/one.txt", "uno\n");
    const refused = await run(second);
    expect(refused).toMatchObject({ code: 0, warnings: ["INC4227"] });
    expect(refused.messages[0]).toMatch(/results were not shared: http:\/\/127\.0\.0\.1:\d+\/inc\/ answered 401/);
    expect(ran(await run(await checkouts.make(PIPELINE, { ...FILES, "src/one.txt": "uno\n" })))).toContain("dep");
  });

  test("a store that is not public is left alone at once without a token, and names none", async () => {
    await start((text) => text.replace('"~^(GET|HEAD) " 0;', ""));
    const rig = await checkouts.make(PIPELINE, FILES);
    const refused = await run(rig, { INC_REMOTE_TOKEN: "wr0ng-token" });
    expect(refused).toMatchObject({ code: 0, warnings: ["INC4225"] });
    expect(refused.messages[0]).toContain("answered 401 Unauthorized; this run goes on without it");
    expect(`${JSON.stringify(refused)}${rig.storeText()}`).not.toContain("wr0ng-token");
  });

  test("the token of pull requests does not write main, whatever scope a job names", async () => {
    await start();
    const attacker = await checkouts.make(PIPELINE, FILES);
    const token = { INC_REMOTE_TOKEN: "PR-TOKEN" };
    const refused = await run(attacker, { ...token, INC_REMOTE_SCOPE: "main" });
    expect(refused).toMatchObject({ code: 0, warnings: ["INC4227"] });
    attacker.remove(".inc");
    attacker.remove("build");
    expect(await run(attacker, { ...token, INC_REMOTE_SCOPE: "pr/7" })).toMatchObject({ code: 0, warnings: [] });
    expect(readdirSync(join(server.root, "v1/records"))).toEqual(["pr"]);
    expect(ran(await run(await checkouts.make(PIPELINE, FILES)))).not.toEqual([]);
    expect(ran(await run(await checkouts.make(PIPELINE, FILES), { INC_REMOTE_SCOPE: "pr/7" }))).toEqual([]);
  });

  test("a user and password in the address are sent, and appear nowhere", async () => {
    const basic = Buffer.from("me:p4ssw0rd").toString("base64");
    await start((text) =>
      text.replace("Bearer MAIN-TOKEN", `Basic ${basic}`).replace("(GET|HEAD) ", `(GET|HEAD) .* Basic ${basic}$`),
    );
    const address = server.url.replace("//", "//me:p4ssw0rd@");
    const manifest = `${PIPELINE}
export const spy = task(sh\`env; echo "\${env("INC_REMOTE").value ?? "hidden"}" > \${out("build/spy")}\`, { env: { REMOTE: env("INC_REMOTE"), TOKEN: env("INC_REMOTE_TOKEN") } });
`;
    const first = await checkouts.make(manifest, FILES);
    const outcome = await first.start(["run", "--remote", address], { env: { INC_REMOTE: address } }).ended;
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(first.read("build/spy")).toBe("hidden\n");
    expect(`${outcome.stdout}${first.storeText()}`).not.toContain("p4ssw0rd");
    const second = await checkouts.make(manifest, FILES);
    expect(ran(await run(second, { INC_REMOTE: address }))).toEqual([]);
    expect((await second.run("lineage", "build/zeros", "--format", "json")).stdout).toContain(server.url);
    expect(second.storeText()).not.toContain("p4ssw0rd");
  });
});
