/**
 * What an event of inc has to be: our own words for those parts of OpenLineage's schema 2-0-2 (and of its facets) that inc
 * makes use of, stricter than that one: nothing else may be there, and times, ids and URIs are checked by their formats.
 */
const uri = { type: "string", format: "uri" } as const;
const text = { type: "string" } as const;
const filled = { type: "string", minLength: 1 } as const;

/** A facet: the two fields that every one has, and its own. `path`: of its definition; undefined: inc's own facet. */
function facet(path: string | undefined, properties: object, optional: readonly string[] = []): object {
  return {
    type: "object",
    properties: {
      _producer: uri,
      _schemaURL: path === undefined ? uri : { const: `https://openlineage.io/spec/facets/${path}` },
      ...properties,
    },
    required: ["_producer", "_schemaURL", ...Object.keys(properties).filter((name) => !optional.includes(name))],
    additionalProperties: false,
  };
}

function closed(properties: object, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

const list = (items: object): object => ({ type: "array", items });
const job = { namespace: filled, name: filled };
const digest = { type: "string", minLength: 1 };

const runFacets = closed(
  {
    parent: facet("1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet", {
      run: closed({ runId: { type: "string", format: "uuid" } }),
      job: closed(job),
    }),
    processing_engine: facet("1-1-1/ProcessingEngineRunFacet.json#/$defs/ProcessingEngineRunFacet", {
      name: { const: "inc" },
      version: filled,
    }),
    environmentVariables: facet("1-0-0/EnvironmentVariablesRunFacet.json#/$defs/EnvironmentVariablesRunFacet", {
      environmentVariables: list(closed({ name: filled, value: text })),
    }),
    errorMessage: facet("1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet", {
      message: filled,
      programmingLanguage: filled,
    }),
    inc_attempt: facet(undefined, {
      record: filled,
      run: filled,
      fingerprint: digest,
      code: digest,
      environment: digest,
      platform: filled,
      params: { type: "object" },
      tools: { type: "object" },
      reason: filled,
      executor: filled,
      host: filled,
      passed: list({ type: "string", format: "uuid" }),
    }),
  },
  // A whole run has no parent and is no attempt.
  ["parent", "environmentVariables", "errorMessage", "inc_attempt"],
);

const jobFacets = closed(
  {
    jobType: facet("2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet", {
      processingType: { const: "BATCH" },
      integration: { const: "INC" },
      jobType: { enum: ["TASK", "PIPELINE"] },
    }),
    sourceCode: facet("1-0-1/SourceCodeJobFacet.json#/$defs/SourceCodeJobFacet", {
      language: filled,
      sourceCode: text,
    }),
  },
  ["sourceCode"],
);

const dataset = {
  namespace: filled,
  name: filled,
  facets: closed({
    version: facet("1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet", {
      datasetVersion: filled,
    }),
    inc_version: facet(undefined, {
      type: { enum: ["file", "directory", "symlink"] },
      digest,
      cause: filled,
      time: { type: "string", format: "date-time" },
      size: { type: "integer", minimum: 0 },
    }),
  }),
};

const outputFacets = closed({
  outputStatistics: facet("1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet", {
    size: { type: "integer", minimum: 0 },
  }),
});

export const RUN_EVENT = closed({
  eventType: { enum: ["START", "COMPLETE", "FAIL", "ABORT"] },
  eventTime: { type: "string", format: "date-time" },
  producer: uri,
  schemaURL: { const: "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent" },
  run: closed({ runId: { type: "string", format: "uuid" }, facets: runFacets }),
  job: closed({ ...job, facets: jobFacets }),
  inputs: list(closed(dataset)),
  outputs: list(closed({ ...dataset, outputFacets })),
});
