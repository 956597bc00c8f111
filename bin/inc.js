#!/usr/bin/env node
// Plain JavaScript that every Node parses, so that an old Node can print which version inc needs.
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
  // Exits explicitly: a timer or a server that a manifest left open would keep the process alive.
  await leave(await main(process.argv.slice(2)));
}
