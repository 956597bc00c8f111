/**
 * A program: a server for data, which wants a token. Says its address, then each request, line by line; does what it is told on stdin,
 * and says `done`: `damage` gives all data other bytes of the same length.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { FaultServer } from "../../support/fault-server.ts";

const [token, directory] = process.argv.slice(2);
const tls =
  directory === undefined
    ? {}
    : {
        tls: {
          key: readFileSync(`${directory}/key`, "utf8"),
          cert: readFileSync(`${directory}/cert`, "utf8"),
        },
      };
const server = await FaultServer.start(tls);
server.fault = (request, response) => {
  console.log(`${request.method} ${request.url}`);
  if (request.headers.authorization === `Bearer ${token}`) return false;
  response.writeHead(401).end();
  return true;
};
console.log(`${server.url}inc/`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "damage")
    for (const [path, bytes] of server.objects)
      if (path.startsWith("/inc/v1/data/")) server.objects.set(path, Buffer.alloc(bytes.length, "-"));
  console.log("done");
}
await server.close();
