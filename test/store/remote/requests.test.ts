import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultServer } from "../../support/fault-server.ts";
import { Checkouts, runShared } from "../../support/shared-runs.ts";

let checkouts: Checkouts;
let server: FaultServer;

beforeEach(async () => {
  checkouts = new Checkouts();
  server = await FaultServer.start();
});

afterEach(async () => {
  await checkouts.close();
  await server.close();
});

test("a small result costs a look-up and two uploads, a directory one question for each file", async () => {
  const manifest = (body: string): string => `export const a = task(sh\`${body}\`);`;
  const kinds = (): string[] => server.requests.map((line) => line.replace(/(\w+) \/v1\/(\w+).*/, "$1 $2"));
  const first = await checkouts.make(manifest('echo a > ${out("build/a")}'));
  await runShared(first, { INC_REMOTE: server.url });
  expect(kinds()).toEqual(["GET records", "PUT blobs", "PUT records"]);
  server.requests.length = 0;
  const files = 'mkdir -p ${out("build/d/")} && for i in 1 2 3 4 5 6; do echo $i > build/d/$i; done';
  await runShared(await checkouts.make(manifest(files)), { INC_REMOTE: server.url });
  const blobs = kinds().filter((line) => line.endsWith("blobs"));
  expect(Map.groupBy(blobs, (line) => line)).toEqual(
    new Map([
      ["HEAD blobs", Array(7).fill("HEAD blobs")],
      ["PUT blobs", Array(7).fill("PUT blobs")],
    ]),
  );
});

test("a download that is cut off goes on where it ended", async () => {
  const manifest = 'export const big = task(sh`sleep 0.5; seq 1 400000 > ${out("build/big")}`);';
  const first = await checkouts.make(manifest);
  await runShared(first, { INC_REMOTE: server.url });
  const ranges: (string | undefined)[] = [];
  server.fault = (request, response, stored) => {
    if (request.url?.includes("blobs") !== true || request.method !== "GET" || stored === undefined) return false;
    ranges.push(request.headers.range);
    if (ranges.length > 1) return false;
    response.writeHead(200, { "content-length": stored.length });
    response.write(stored.subarray(0, 100_000), () => response.destroy());
    return true;
  };
  const second = await checkouts.make(manifest);
  expect(await runShared(second, { INC_REMOTE: server.url })).toMatchObject({ results: ["big: restored"] });
  expect(ranges).toEqual([undefined, "bytes=100000-"]);
  expect(second.read("build/big")).toBe(first.read("build/big"));
});
