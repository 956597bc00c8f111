import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasher } from "../../../src/host/files/hash.ts";
import { upstream } from "../../../src/lineage/upstream.ts";
import { openLineageEvents, renderOpenLineage, uuidOf } from "../../../src/report/openlineage/events.ts";
import { StoreRig } from "../../lineage/pipeline.ts";
import { RUN_EVENT } from "./schema.ts";

let rig: StoreRig;

beforeEach(() => {
  rig = new StoreRig();
  rig.put("rates", "1");
  const lint = rig.attempt("lint", { files: { src: "s" } });
  rig.attempt("early", { files: { src: "s" }, makes: { mid: "m" } });
  rig.attempt("use", {
    objects: { rates: 1 },
    params: { region: "eu" },
    env: {
      "${TZ}": { kind: "value", value: "UTC" },
      TOKEN: { kind: "secret", digest: hasher.digest("salted secret") },
      GONE: { kind: "unset" },
    },
    passed: [lint],
    files: { mid: "m" },
    makes: { "out/put": "o" },
  });
});

afterEach(() => rig.close());

const OPTIONS = { workspace: "/a b", version: "1.2.3" };
const events = (name = "out/put") => openLineageEvents(upstream(rig.store, [rig.version(name)]), OPTIONS);

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(RUN_EVENT);

test("every event conforms to the published schema", () => {
  for (const event of events()) {
    validate(event);
    expect(validate.errors ?? []).toEqual([]);
  }
  const lines = renderOpenLineage(upstream(rig.store, [rig.version("out/put")]), OPTIONS).split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(events());
});

test("the schema of the test rejects an invalid event", () => {
  const [event] = events();
  for (const wrong of [
    { ...event, eventTime: "yesterday" },
    { ...event, run: { ...event?.run, runId: "7" } },
    { ...event, producer: "no uri" },
    { ...event, inputs: [{ name: "x", facets: {} }] },
    { ...event, job: { namespace: "n", facets: {} } },
  ])
    expect(validate(wrong)).toBe(false);
});

test("an attempt has a start and an end, with its inputs and outputs by name and version", () => {
  const told = events().map(({ eventType, job, inputs, outputs }) => [
    eventType,
    job.name,
    inputs.map(({ namespace, name }) => `${namespace} ${name}`),
    outputs.map(({ namespace, name, facets }) => [namespace, name, facets["version"]?.["datasetVersion"]]),
  ]);
  expect(told).toEqual([
    ["START", "pipeline.ts:lint", ["file /a b/src"], []],
    ["COMPLETE", "pipeline.ts:lint", ["file /a b/src"], []],
    ["START", "pipeline.ts:early", ["file /a b/src"], []],
    ["COMPLETE", "pipeline.ts:early", ["file /a b/src"], [["file", "/a b/mid", "1"]]],
    ["START", "pipeline.ts:use", ["file /a b/mid", "inc://testhost/a%20b object:rates"], []],
    [
      "COMPLETE",
      "pipeline.ts:use",
      ["file /a b/mid", "inc://testhost/a%20b object:rates"],
      [["file", "/a b/out/put", "1"]],
    ],
  ]);
});

test("ids of runs are stable, and refer to the parent run and to the tasks that had to pass", () => {
  const [begin, end] = events().slice(-2);
  expect(begin?.run.runId).toBe(end?.run.runId);
  expect(begin?.run.runId).toBe(uuidOf("run1.000003"));
  expect(uuidOf("run1.000003")).toBe("a9871ea8-5c53-5728-9e25-ca1259c430da");
  expect(begin?.run.facets["parent"]).toMatchObject({ run: { runId: uuidOf("run1") }, job: { name: "pipeline.ts" } });
  expect(begin?.run.facets["inc_attempt"]).toMatchObject({ passed: [uuidOf("run1.000001")], params: { region: "eu" } });
});

test("variables have their values, and a secret has none", () => {
  const facet = events().at(-1)?.run.facets["environmentVariables"];
  expect(facet?.["environmentVariables"]).toEqual([{ name: "TZ", value: "UTC" }]);
  expect(JSON.stringify(events())).not.toContain(hasher.digest("salted secret"));
});

test("a failed attempt says how it failed", () => {
  rig.attempt("bad", { files: { src: "s" }, makes: { late: "x" }, outcome: "failed" });
  const end = events("late").at(-1);
  expect(end?.eventType).toBe("FAIL");
  expect(end?.run.facets["errorMessage"]).toMatchObject({ message: "failed: exit 3", programmingLanguage: "bash" });
  expect(validate(end)).toBe(true);
});
