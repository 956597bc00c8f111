#!/usr/bin/env node
// Plain JavaScript that any Node parses: it has to say what inc needs on the oldest one.
import module from "node:module";
import { setFlagsFromString } from "node:v8";
import { compileCacheDirectory } from "./compile-cache.js";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`inc needs Node 22.18 or newer; this is Node ${process.versions.node} (${process.execPath})\n`);
  process.exitCode = 2;
} else {
  // A worker that compiles may wait for this thread's garbage collection while this thread, exiting, waits for the worker:
  // nodejs/node#54918. What starts up is compiled here instead.
  setFlagsFromString("--no-concurrent-sparkplug");
  const compiled = compileCacheDirectory();
  if (compiled !== undefined) module.enableCompileCache?.(compiled);
  const { main } = await import("../dist/commands/main.js");
  process.exitCode = await main(process.argv.slice(2));
  // A manifest may have left a timer or a server behind, which would keep the process for ever.
  for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
  process.exit();
}
