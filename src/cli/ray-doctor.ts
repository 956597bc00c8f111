import { tmpdir } from "node:os";
import { findWorkspace } from "../access/store.ts";
import { formatDuration } from "../report/text/duration.ts";
import { printDiagnostics } from "./diagnostics.ts";
import { print, printJson } from "./print.ts";
import type { AskedExecutor } from "./ray.ts";

/** Shows the cluster that a run would use, and has it run a command. Returns the exit code; throws a DiagnosticError. */
export async function examineRay({ address, python }: AskedExecutor, json: boolean): Promise<number> {
  const { connect } = await import("../execute/ray/connect.ts");
  const { roundTrip } = await import("../execute/ray/check.ts");
  const { amounts } = await import("../execute/ray/words.ts");
  const found = findWorkspace(process.cwd());
  const workspace = found.ok ? found.value : process.cwd();
  const connection = await connect({ address, python, workspace, temporary: tmpdir() }, new AbortController().signal);
  const { driver, ready } = connection;
  try {
    const trip = await roundTrip(connection);
    if ("code" in trip) return printDiagnostics([trip]);
    const { ray, python, executable, nodes } = ready;
    if (json) printJson({ ray, python, executable, nodes, roundTrip: trip });
    else {
      print(`Ray ${ray}, Python ${python} (${executable})`);
      for (const { name, address, resources } of nodes)
        print(`node ${name === address ? name : `${name} (${address})`}: ${amounts(resources)}`);
      print(`a command ran on ${trip.host} and was back after ${formatDuration(trip.duration)}`);
    }
    return 0;
  } finally {
    driver.close();
  }
}
