import { afterEach, beforeEach, expect, test } from "vitest";
import { Rig } from "../support/rig.ts";
import { addServer, freePort } from "../support/servers.ts";

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.create();
});

afterEach(() => rig.close());

test("a function asks a service, in each of its attempts, and runs again when what the service reads is another", async () => {
  const port = await freePort();
  addServer(rig);
  rig.write("word.txt", "hello\n");
  rig.manifest(`
    import { existsSync, mkdirSync, writeFileSync } from "node:fs";
    const web = service(sh\`node server.mjs web ${port} \${file("word.txt")}\`, { ready: { port: ${port} } });
    export { web };
    export const asked = task({
      inputs: { web },
      outputs: { o: "build/asked" },
      retries: 1,
      timeout: "1m",
      async run({ inputs, outputs }) {
        const answer = await (await fetch("http://localhost:${port}")).text();
        if (!existsSync("node_modules/.cache/asked")) {
          mkdirSync("node_modules/.cache", { recursive: true });
          writeFileSync("node_modules/.cache/asked", "");
          throw new Error("busy");
        }
        writeFileSync(outputs.o, answer + typeof inputs.web);
      },
    });
    export const several = each(["a", "b"], { batch: 9 }, () =>
      task({
        inputs: { web },
        value: "json",
        async runAll({ units }) {
          const answer = await (await fetch("http://localhost:${port}")).text();
          return new Map([...units.keys()].map((key) => [key, key + units.size + answer]));
        },
      }));
  `);
  const all = ["asked: ran", "several[a]: ran", "several[b]: ran"];
  expect(await rig.results()).toEqual(all);
  expect(rig.read("build/asked")).toMatch(/hello[\s\S]*undefined$/);
  expect(await rig.results()).toEqual([]);
  rig.write("word.txt", "bye\n");
  expect(await rig.results()).toEqual(all);
  expect((await rig.run("get", "several[b]")).stdout).toMatch(/^"b2.*bye/);
  expect(rig.read("build/asked")).toMatch(/bye/);
  expect((await rig.run("why", "asked")).stdout).toContain("word.txt");
});
