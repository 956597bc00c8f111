#!/usr/bin/env node
// Plain JavaScript that every Node parses, so that an old Node can print which version inc needs. CommonJS, because
// importing node:fs loads much that nothing here needs (see rolldown.config.ts): 4 ms of each start.
const module_ = require("node:module");
const { compileCacheDirectory } = require("./compile-cache.js");

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`inc needs Node 22.18 or newer; this is Node ${process.versions.node} (${process.execPath})\n`);
  process.exitCode = 2;
} else {
  const compiled = compileCacheDirectory();
  if (compiled !== undefined) module_.enableCompileCache?.(compiled);
  // Exits explicitly: a timer or a server that a manifest left open would keep the process alive.
  import("../dist/commands/main.js").then(async ({ leave, main }) => leave(await main(process.argv.slice(2))));
}
