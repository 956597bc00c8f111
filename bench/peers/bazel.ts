import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Step } from "../work/workload.ts";
import { numberIn, onPath, type Tool } from "./tools.ts";

/** Bazel's name of this machine's configuration, which is part of the paths of outputs. */
const CONFIGURATION = process.arch === "arm64" ? "aarch64-fastbuild" : "k8-fastbuild";
const OUTPUTS = `bazel-out/${CONFIGURATION}/bin/`;

/** One package of rules, with a resident server and a cache on the disk; without sandboxes, which cost it most. */
export const BAZEL: Tool = {
  name: "bazel",
  absent: () => onPath("bazel"),
  place: (path) => (path.startsWith("build/") ? OUTPUTS + path : path),
  command: ["bazel", "build", "//:all"],
  prepare({ steps }, root) {
    const options = ["--jobs=2", "--spawn_strategy=local", `--disk_cache=${root}-cache`, "--curses=no"];
    writeFileSync(join(root, ".bazelrc"), `startup --output_base=${root}-base\nbuild ${options.join(" ")}\n`);
    writeFileSync(join(root, "MODULE.bazel"), "");
    writeFileSync(join(root, "WORKSPACE"), "");
    writeFileSync(join(root, "BUILD.bazel"), steps.map(rule).join("\n"));
  },
  // "5 processes: 2 disk cache hit, 1 internal, 2 local."
  ran: (text) => numberIn(text, /processes:.*?(\d+) local/),
  end: (root) => {
    spawnSync("bazel", ["shutdown"], { cwd: root });
    // It makes its outputs read-only, directories included.
    spawnSync("chmod", ["-R", "u+w", `${root}-base`]);
  },
};

function rule({ name, reads, output, command }: Step): string {
  const label = (path: string): string => path.replace(OUTPUTS, "");
  const fields = { name, srcs: reads.map(label), outs: [label(output)], cmd: command };
  const lines = Object.entries(fields).map(([field, value]) => `    ${field} = ${JSON.stringify(value)},\n`);
  return `genrule(\n${lines.join("")})\n`;
}
