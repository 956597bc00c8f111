import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The versions that the tests install. */
const PACKAGES = ["mypy==2.4.1", "ruff==0.17.6"];
const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "inc-tests");

/** Absolute path of a directory with the programs `mypy` and `ruff`, installed once. Throws where the registry is not reached. */
export function pythonTools(): string {
  mkdirSync(CACHE, { recursive: true });
  const path = join(CACHE, PACKAGES.join("-").replaceAll("==", "-"));
  const install = `[ -e ${path}/done ] || { rm -rf ${path}; python3 -m venv ${path} && ${path}/bin/pip install -q --no-compile ${PACKAGES.join(" ")} && touch ${path}/done; }`;
  execFileSync("flock", [`${path}.lock`, "sh", "-c", install], { stdio: ["ignore", "ignore", "pipe"] });
  return join(path, "bin");
}
