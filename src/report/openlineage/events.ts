import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import type { LineageDocument, LineageEdge, RecordNode, VersionNode } from "../../lineage/document.ts";
import type { RunRecord } from "../../model/entry.ts";
import { parseName } from "../../model/object-name.ts";

/** The definitions of facets and events. */
const SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json";
const FACETS = "https://openlineage.io/spec/facets";

/** The namespace of names on the web, RFC 9562, appendix C. */
const URL_NAMESPACE = Buffer.from("6ba7b8119dad11d180b400c04fd430c8", "hex");

type Facet = Readonly<Record<string, unknown>>;
type Facets = Readonly<Record<string, Facet>>;

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets: Facets;
  readonly outputFacets?: Facets;
}

/** One event of OpenLineage, as its schema 2-0-2 has it. */
export interface RunEvent {
  readonly eventType: "START" | "COMPLETE" | "FAIL" | "ABORT";
  /** ISO 8601. */
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

export interface OpenLineageOptions {
  /** Absolute path. */
  readonly workspace: string;
  /** The version of inc. */
  readonly version: string;
}

/** Renders events as JSON, one a line: the start and the end of each attempt of a document, the earliest first. */
export function renderOpenLineage(document: LineageDocument, options: OpenLineageOptions): string {
  return openLineageEvents(document, options)
    .map((event) => JSON.stringify(event))
    .join("\n");
}

export function openLineageEvents(document: LineageDocument, options: OpenLineageOptions): readonly RunEvent[] {
  const writer = new EventWriter(document, options);
  const records = document.nodes.filter((node) => node.kind === "record");
  return records.sort((a, b) => (a.id < b.id ? -1 : 1)).flatMap((record) => writer.eventsOf(record));
}

/**
 * The start and the end of a whole run, the parent of the runs of its attempts.
 * @param host The name of this machine.
 */
export function pipelineEvents(
  { id, manifest, started, ended, exit }: RunRecord,
  host: string,
  { workspace, version }: OpenLineageOptions,
): readonly [start: RunEvent, end: RunEvent] {
  const facet = facetsOf(`pkg:npm/inc-run@${version}`);
  const jobType = facet("2-0-4/JobTypeJobFacet", { processingType: "BATCH", integration: "INC", jobType: "PIPELINE" });
  const engine = facet("1-1-1/ProcessingEngineRunFacet", { name: "inc", version });
  const common = {
    producer: `pkg:npm/inc-run@${version}`,
    schemaURL: `${SPEC}#/$defs/RunEvent`,
    run: { runId: uuidOf(id), facets: { processing_engine: engine } },
    job: { namespace: namespaceOf(host, workspace), name: manifest, facets: { jobType } },
    inputs: [],
    outputs: [],
  };
  return [
    { eventType: "START", eventTime: iso(started), ...common },
    {
      eventType: exit === 0 ? "COMPLETE" : exit === 130 ? "ABORT" : "FAIL",
      eventTime: iso(ended ?? started),
      ...common,
    },
  ];
}

/** The UUID of an id, always the same: version 5 of RFC 9562, of the name `inc:ID`. */
export function uuidOf(id: string): string {
  const bytes = createHash("sha1").update(URL_NAMESPACE).update(`inc:${id}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

class EventWriter {
  readonly #producer: string;
  readonly #facet: (path: string, content: Facet) => Facet;
  readonly #workspace: string;
  readonly #version: string;
  readonly #versions: ReadonlyMap<string, VersionNode>;
  readonly #into: ReadonlyMap<string, readonly LineageEdge[]>;
  readonly #outOf: ReadonlyMap<string, readonly LineageEdge[]>;

  constructor({ nodes, edges }: LineageDocument, { workspace, version }: OpenLineageOptions) {
    this.#producer = `pkg:npm/inc-run@${version}`;
    this.#facet = facetsOf(this.#producer);
    this.#workspace = workspace;
    this.#version = version;
    this.#versions = new Map(nodes.flatMap((node) => (node.kind === "version" ? [[node.id, node] as const] : [])));
    this.#into = Map.groupBy(edges, ({ to }) => to);
    this.#outOf = Map.groupBy(edges, ({ from }) => from);
  }

  eventsOf(record: RecordNode): readonly RunEvent[] {
    const namespace = namespaceOf(record.host, this.#workspace);
    const datasets = (edges: readonly LineageEdge[], end: "from" | "to"): readonly VersionNode[] => [
      ...new Set(edges.flatMap((edge) => this.#versions.get(edge[end]) ?? [])),
    ];
    const used = (this.#into.get(record.id) ?? []).filter(({ kind }) => kind === "used");
    const made = (this.#outOf.get(record.id) ?? []).filter(({ kind }) => kind === "made");
    const common = {
      producer: this.#producer,
      schemaURL: `${SPEC}#/$defs/RunEvent`,
      job: { namespace, name: `${record.manifest}:${record.task}`, facets: this.#jobFacets(record) },
      inputs: datasets(used, "from")
        .filter(isData)
        .map((version) => this.#dataset(version, namespace)),
    };
    const run = { runId: uuidOf(record.id), facets: this.#runFacets(record, namespace) };
    const failure = record.outcome === "ok" ? {} : { errorMessage: this.#failure(record) };
    return [
      { eventType: "START", eventTime: iso(record.started), ...common, run, outputs: [] },
      {
        eventType: record.outcome === "ok" ? "COMPLETE" : record.outcome === "cancelled" ? "ABORT" : "FAIL",
        eventTime: iso(record.started + record.duration),
        ...common,
        run: { ...run, facets: { ...run.facets, ...failure } },
        outputs: datasets(made, "to").map((version) => this.#output(version, namespace)),
      },
    ];
  }

  #jobFacets({ command, shell }: RecordNode): Facets {
    return {
      jobType: this.#facet("2-0-4/JobTypeJobFacet", { processingType: "BATCH", integration: "INC", jobType: "TASK" }),
      sourceCode: this.#facet("1-0-1/SourceCodeJobFacet", {
        language: languageOf(shell),
        sourceCode: shell === "exec" ? JSON.stringify(command) : command.join("\n"),
      }),
    };
  }

  #runFacets(record: RecordNode, namespace: string): Facets {
    const { id, fingerprint, code, environment, platform, params, tools, reason, executor, host, env } = record;
    const variables = Object.entries(env).flatMap(([name, value]) =>
      value.kind === "value" ? [{ name: name.replace(/^\$\{(.*)\}$/, "$1"), value: value.value }] : [],
    );
    const passed = (this.#into.get(id) ?? []).filter(({ kind }) => kind === "passed").map(({ from }) => uuidOf(from));
    return {
      parent: this.#facet("1-2-0/ParentRunFacet", {
        run: { runId: uuidOf(record.run) },
        job: { namespace, name: record.manifest },
      }),
      processing_engine: this.#facet("1-1-1/ProcessingEngineRunFacet", { name: "inc", version: this.#version }),
      environmentVariables: this.#facet("1-0-0/EnvironmentVariablesRunFacet", { environmentVariables: variables }),
      inc_attempt: this.#own("RunFacet", {
        ...{ record: id, run: record.run, fingerprint, code, environment, platform, params, tools },
        ...{ reason, executor, host, passed },
      }),
    };
  }

  #failure({ outcome, exit, signal, shell }: RecordNode): Facet {
    const how = exit !== undefined ? `exit ${exit}` : signal === undefined ? outcome : `signal ${signal}`;
    return this.#facet("1-0-1/ErrorMessageRunFacet", {
      message: `${outcome}: ${how}`,
      programmingLanguage: languageOf(shell),
    });
  }

  #dataset(version: VersionNode, namespace: string): Dataset {
    const { name, n, identity, cause, time, size } = version;
    const { kind, id } = parseName(name);
    const digest = identity.type === "symlink" ? identity.text : identity.digest;
    return {
      ...(kind === "path"
        ? { namespace: "file", name: isAbsolute(id) ? id : join(this.#workspace, id) }
        : { namespace, name }),
      facets: {
        version: this.#facet("1-0-1/DatasetVersionDatasetFacet", { datasetVersion: n === 0 ? digest : String(n) }),
        inc_version: this.#own("DatasetFacet", { type: identity.type, digest, cause, time: iso(time), size }),
      },
    };
  }

  #output(version: VersionNode, namespace: string): Dataset {
    const outputStatistics = this.#facet("1-0-2/OutputStatisticsOutputDatasetFacet", { size: version.size });
    return { ...this.#dataset(version, namespace), outputFacets: { outputStatistics } };
  }

  /** A facet of inc's own: the base facet, which allows any content. */
  #own(base: "RunFacet" | "DatasetFacet", content: Facet): Facet {
    return { _producer: this.#producer, _schemaURL: `${SPEC}#/$defs/${base}`, ...content };
  }
}

/** Makes facets that the standard defines, by the version and name of their definition. */
function facetsOf(producer: string): (path: string, content: Facet) => Facet {
  return (path, content) => ({
    _producer: producer,
    _schemaURL: `${FACETS}/${path}.json#/$defs/${path.slice(path.indexOf("/") + 1)}`,
    ...content,
  });
}

/** The language of a command, or of the function that a task has instead. */
function languageOf(shell: RecordNode["shell"]): string {
  if (shell === "function") return "typescript";
  return shell === "exec" ? "argv" : shell;
}

function namespaceOf(host: string, workspace: string): string {
  return `inc://${host}${encodeURI(workspace)}`;
}

/** Parameters, variables and tools are no data sets: they are in the facets of the run. */
function isData({ type }: VersionNode): boolean {
  return type === "source" || type === "artifact" || type === "object";
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
