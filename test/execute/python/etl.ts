import { execFileSync } from "node:child_process";
import type { Rig } from "../../support/rig.ts";

/** Absolute path of a Python, whatever starts it: HOME is another one in a rig, and a version manager looks there. */
export const PYTHON = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();

/** Writes a module `etl.py`, and a manifest that has its functions as `etl`. */
export function pipeline(rig: Rig, module: string, manifest: string): void {
  rig.write("etl.py", module);
  rig.manifest(`
    import { python } from "inc-run";
    const etl = python("etl.py", { interpreter: tool(${JSON.stringify(PYTHON)}) });
    ${manifest}
  `);
}

/** Python that waits until a test lets what is held by a name go on. */
export const HOLD = `
def hold(name):
    import socket
    gate = socket.socket(socket.AF_UNIX)
    gate.connect(".gate.sock")
    gate.sendall(name.encode() + b"\\n")
    gate.recv(1)
    return gate
`;
