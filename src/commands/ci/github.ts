import type { Project } from "./project.ts";
import { incCommand, installLines, type Line, packageOfInc } from "./shell-lines.ts";
import { block, scalar, textOf } from "./yaml-text.ts";

/** Where the workflow belongs, relative to the repository. */
export const GITHUB_WORKFLOW = ".github/workflows/inc.yml";

/** The version of pnpm where package.json names none. */
const PNPM = 10;
/** The environment that holds the key; it must be open to protected branches only. */
const ENVIRONMENT = "inc";
const STORE = "inc-store";

type Lines = readonly string[];

/** The workflow for GitHub Actions. */
export function githubWorkflow(project: Project): string {
  return textOf([
    "# Written by `inc ci github`. It is yours to change.",
    "name: inc",
    "",
    "on:",
    "  push:",
    `    branches: [${scalar(project.branch)}]`,
    "  pull_request:",
    "",
    "permissions:",
    "  contents: read",
    "",
    "concurrency:",
    "  group: inc-${{ github.ref }}",
    "  cancel-in-progress: ${{ github.event_name == 'pull_request' }}",
    "",
    "jobs:",
    ...block("  ", ["run:", ...block("  ", runJob(project))]),
    ...(project.sharing.signs ? ["", ...block("  ", pushJob(project))] : []),
  ]);
}

/** What a person has to do beside the workflow. */
export function githubSteps({ sharing }: Project): readonly string[] {
  const { credentials, signs } = sharing;
  const place = "(Settings, Secrets and variables, Actions)";
  const named = isAddressOpen(sharing) ? [`set the variable INC_REMOTE ${place}`] : [];
  const ofPullRequests = credentials.map((name) => `${name}_PR`);
  const secrets = signs ? ofPullRequests : [...credentials, ...ofPullRequests];
  const ofPush = ["INC_SIGNING_KEY", ...credentials].join(" and ");
  const environment = `make an environment "${ENVIRONMENT}" for protected branches, with the secrets ${ofPush}`;
  const reads = signs ? ", to read with, unless anyone may" : "";
  return [
    ...named,
    ...(secrets.length === 0
      ? []
      : [`set the secret${secrets.length > 1 ? "s" : ""} ${secrets.join(" and ")} ${place}${reads}`]),
    ...(signs ? [environment] : []),
  ];
}

function runJob(project: Project): Lines {
  const { sharing } = project;
  const select = "${{ github.event_name == 'pull_request' && '--affected' || '' }}";
  const words = ["run", select, "--junit", `"$RUNNER_TEMP/inc-junit.xml"`];
  return [
    ...start(project),
    "steps:",
    ...steps([
      checkout("# inc compares with the commit at which the branch left its base.", "fetch-depth: 0"),
      ...install(project, true),
      ...(sharing.address === "none" ? [cacheAction(project)] : []),
      ["name: Run the pipeline", `run: ${incCommand(project, words)}`, ...environment(project)],
      report(),
      ...(sharing.signs ? [storeForLater(project)] : []),
    ]),
  ];
}

function start({ directory }: Project): Lines {
  const defaults = ["defaults:", "  run:", `    working-directory: ${scalar(directory)}`];
  return ["runs-on: ubuntu-latest", ...(directory === "." ? [] : defaults)];
}

function checkout(...settings: Lines): Lines {
  return ["uses: actions/checkout@v5", "with:", ...block("  ", [...settings, "persist-credentials: false"])];
}

/** @param scripts False: packages run no code of theirs. */
function install(project: Project, scripts: boolean): readonly Lines[] {
  const { packages, node, directory } = project;
  const { manager, lockfile, isModern, isPinned } = packages;
  const pnpm = ["uses: pnpm/action-setup@v4", ...(isPinned ? [] : ["with:", `  version: ${PNPM}`])];
  const place = packages.directory === "." ? "" : `${packages.directory}/`;
  const settings = [
    node.file === undefined ? `node-version: ${node.major}` : `node-version-file: ${scalar(node.file)}`,
    ...(lockfile === undefined ? [] : [`cache: ${manager}`]),
    ...(lockfile === undefined || place === "" ? [] : [`cache-dependency-path: ${scalar(`${place}${lockfile}`)}`]),
  ];
  return [
    ...(manager === "pnpm" ? [pnpm] : []),
    ...(isModern ? [["run: corepack enable"]] : []),
    ["uses: actions/setup-node@v5", "with:", ...block("  ", settings)],
    ...installLines(project, scripts).map((line) => runIn(line, directory)),
  ];
}

function runIn({ command, directory }: Line, usual: string): Lines {
  return [`run: ${command}`, ...(directory === usual ? [] : [`working-directory: ${scalar(directory)}`])];
}

function cacheAction(project: Project): Lines {
  return [
    "# Shares results between runs by the cache of GitHub Actions; pull requests only read what the main branch made.",
    `uses: ${scalar(`./${packageOfInc(project)}`)}`,
  ];
}

/** What opens the shared cache for the job that runs the pipeline: never the key. */
function environment({ sharing }: Project): Lines {
  const { credentials, signs } = sharing;
  const secrets = credentials.map((name) => {
    // With keys this job only reads. Without, a pull request must not get what writes the results of the main branch.
    // Without `|| ''` an event that gets no secret would send the word `false`, which a server may refuse to let read.
    const perEvent = `github.event_name == 'pull_request' && secrets.${name}_PR || github.event_name == 'push' && secrets.${name} || ''`;
    return `${name}: \${{ ${signs ? `secrets.${name}_PR` : perEvent} }}`;
  });
  const lines = [...addressOf(sharing), ...secrets];
  return lines.length === 0 ? [] : ["env:", ...block("  ", lines)];
}

/** True for an address without a user and password. */
function isAddressOpen({ address, credentials }: Project["sharing"]): boolean {
  return address === "variable" && !credentials.includes("INC_REMOTE");
}

function addressOf(sharing: Project["sharing"]): Lines {
  return isAddressOpen(sharing) ? ["INC_REMOTE: ${{ vars.INC_REMOTE }}"] : [];
}

function report(): Lines {
  const settings = ["name: inc-junit", "path: ${{ runner.temp }}/inc-junit.xml", "if-no-files-found: ignore"];
  return ["uses: actions/upload-artifact@v5", "if: ${{ !cancelled() }}", "with:", ...block("  ", settings)];
}

function storeForLater({ workspace }: Project): Lines {
  return [
    "uses: actions/upload-artifact@v5",
    "if: ${{ github.event_name == 'push' && github.ref_protected }}",
    "with:",
    ...block("  ", [
      `name: ${STORE}`,
      `path: ${storeIn(workspace)}`,
      "include-hidden-files: true",
      "retention-days: 1",
    ]),
  ];
}

/** Signs and shares in a job of its own, on a machine of its own: that one runs no task. */
function pushJob(project: Project): Lines {
  const { sharing } = project;
  const secrets = ["INC_SIGNING_KEY", ...sharing.credentials].map((name) => `${name}: \${{ secrets.${name} }}`);
  const told = sharing.pushesTo === undefined ? addressOf(sharing) : [`INC_REMOTE: ${scalar(sharing.pushesTo)}`];
  return [
    `# Signs what the run made, and shares it. Its secrets are those of the environment "${ENVIRONMENT}", which lets protected`,
    "# branches in only (Settings, Environments): no job that runs the code of a pull request gets them.",
    "push:",
    ...block("  ", [
      "needs: run",
      "if: ${{ github.event_name == 'push' && github.ref_protected }}",
      `environment: ${ENVIRONMENT}`,
      ...start(project),
      "steps:",
      ...steps([
        checkout(),
        ...install(project, false),
        ["uses: actions/download-artifact@v5", "with:", `  name: ${STORE}`, `  path: ${storeIn(project.workspace)}`],
        [`run: ${incCommand(project, ["cache", "push"])}`, "env:", ...block("  ", [...told, ...secrets])],
      ]),
    ]),
  ];
}

function storeIn(workspace: string): string {
  return scalar(workspace === "." ? ".inc" : `${workspace}/.inc`);
}

/** Comments stay above their step. */
function steps(list: readonly Lines[]): Lines {
  return list.flatMap((lines) => {
    const first = lines.findIndex((line) => !line.startsWith("#"));
    return block("  ", [...lines.slice(0, first), `- ${lines[first]}`, ...block("  ", lines.slice(first + 1))]);
  });
}
