import { tmpdir } from "node:os";
import type { RayPlace } from "../execute/ray/connect.ts";
import type { DataPlace } from "../execute/ray/data-place.ts";
import { formatDuration } from "../report/text/duration.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { print, printJson } from "./print.ts";
import { type AskedExecutor, rayPlace } from "./ray.ts";
import { readRequest } from "./request.ts";
import { type PipelineRequest, withPipeline } from "./with-pipeline.ts";

/**
 * Shows the cluster that a run would use, and has it run a command. Where there is a manifest, its config counts. Returns the exit
 * code; throws a DiagnosticError.
 */
export async function examineRay(asked: AskedExecutor, request: PipelineRequest, json: boolean): Promise<number> {
  if (!readRequest(process.cwd(), request.positionals).ok && request.positionals.length === 0) {
    const place = await rayPlace(asked, { root: process.cwd(), temporary: tmpdir() }, {});
    return examine(place, json);
  }
  return withPipeline({ ...request, graphOnly: true }, async ({ workspace, graph }) => {
    const place = await rayPlace(asked, workspace, graph.config);
    return { ok: true, value: await examine(place, json) };
  });
}

async function examine(place: RayPlace, json: boolean): Promise<number> {
  const { connect } = await import("../execute/ray/connect.ts");
  const { roundTrip } = await import("../execute/ray/check.ts");
  const { amounts } = await import("../execute/ray/words.ts");
  const connection = await connect(place, new AbortController().signal);
  const { driver, ready } = connection;
  try {
    const { ray, python, executable, nodes } = ready;
    if (!json) {
      // First: where the command does not end well, they say more than anything else.
      print(`Ray ${ray}, Python ${python} (${executable})`);
      for (const { name, address, resources } of nodes)
        print(`node ${name === address ? name : `${name} (${address})`}: ${amounts(resources)}`);
    }
    const trip = await roundTrip(connection);
    if ("code" in trip) return printDiagnostics([trip]);
    const data = place.data.ok ? nameOf(place.data.value) : "";
    if (json) printJson({ ray, python, executable, nodes, data, roundTrip: trip });
    else
      print(
        `a command ran on ${trip.host}, and its output was here after ${formatDuration(trip.duration)}, by ${data}`,
      );
    return 0;
  } finally {
    driver.close();
  }
}

function nameOf(data: DataPlace): string {
  if (data.kind === "objects") return "Ray's object store";
  return data.kind === "http" ? data.url : data.directory;
}
