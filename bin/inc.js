#!/usr/bin/env node
// Plain JavaScript that any Node parses: it has to say what inc needs on the oldest one.
import module from "node:module";
import { compileCacheDirectory } from "./compile-cache.js";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`inc needs Node 22.18 or newer; this is Node ${process.versions.node} (${process.execPath})\n`);
  process.exitCode = 2;
} else {
  const compiled = compileCacheDirectory();
  if (compiled !== undefined) module.enableCompileCache?.(compiled);
  const { leave, main } = await import("../dist/commands/main.js");
  // Not by itself: a manifest may have left a timer or a server behind, which would keep the process for ever.
  await leave(await main(process.argv.slice(2)));
}
