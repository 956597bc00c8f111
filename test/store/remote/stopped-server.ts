import { spawn } from "node:child_process";
import { connect } from "node:net";

/** A server whose process is stopped and whose queue of connections is full: the kernel answers no further one. */
export async function stoppedServer(): Promise<{ pid: number; port: number; kill: (pid: number) => void }> {
  const script = `const server = require("node:net").createServer();
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise<number>((resolve) => {
    child.stdout.once("data", (bytes: Buffer) => resolve(Number(bytes.toString())));
  });
  const { pid } = child as { pid: number };
  process.kill(pid, "SIGSTOP");
  const sockets = Array.from({ length: 4 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  // Those that the queue takes connect; one that it does not take shows that it is full.
  await Promise.all(sockets.slice(0, 2).map((socket) => new Promise((resolve) => socket.once("connect", resolve))));
  return {
    pid,
    port,
    kill: () => {
      for (const socket of sockets) socket.destroy();
      process.kill(pid, "SIGKILL");
    },
  };
}
