import { quoteWord } from "../../graph/shell-text.ts";
import type { Project } from "./project.ts";
import { incCommand, installLines, type Line } from "./shell-lines.ts";
import { block, scalar, textOf } from "./yaml-text.ts";

/** Where the pipeline belongs, relative to the repository. */
export const GITLAB_PIPELINE = ".gitlab-ci.yml";

/** The environment that holds the key, as a variable that no other job gets. */
const ENVIRONMENT = "inc";
const OF_MAIN = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH";
const OF_MERGE_REQUEST = '$CI_PIPELINE_SOURCE == "merge_request_event"';

type Lines = readonly string[];

/** The pipeline for GitLab. */
export function gitlabPipeline(project: Project): string {
  const junit = project.directory === "." ? "inc-junit.xml" : `${project.directory}/inc-junit.xml`;
  return textOf([
    "# Written by `inc ci gitlab`. It is yours to change.",
    ...(project.sharing.address === "none"
      ? ["# Results are not shared between pipelines: set INC_REMOTE to a shared cache for that."]
      : []),
    "workflow:",
    "  rules:",
    `    - if: ${OF_MERGE_REQUEST}`,
    `    - if: ${OF_MAIN}`,
    "",
    "default:",
    `  image: node:${project.node.major}`,
    "",
    ".inc:",
    "  stage: test",
    "  variables:",
    "    # inc compares with the commit at which the branch left its base.",
    '    GIT_DEPTH: "0"',
    "  before_script:",
    ...block("    ", items(beforeRunning(project, true))),
    "  artifacts:",
    "    when: always",
    "    reports:",
    `      junit: ${scalar(junit)}`,
    "",
    ...runJob("merge-request", OF_MERGE_REQUEST, run(project, ["run", "--affected", "--junit", "inc-junit.xml"])),
    "",
    ...runJob("main", OF_MAIN, run(project, ["run", "--junit", "inc-junit.xml"])),
    ...(project.sharing.signs ? [...storeForLater(project), "", ...pushJob(project)] : []),
  ]);
}

function runJob(name: string, rule: string, line: Line): Lines {
  return [`${name}:`, "  extends: .inc", "  rules:", `    - if: ${rule}`, "  script:", ...block("    ", items([line]))];
}

/** What a person has to do beside the pipeline. */
export function gitlabSteps({ sharing: { address, credentials, signs } }: Project): readonly string[] {
  const place = "(Settings, CI/CD, Variables)";
  const names = address === "variable" && !credentials.includes("INC_REMOTE") ? ["INC_REMOTE"] : [];
  const secrets = signs ? [] : credentials;
  const ofPush = ["INC_SIGNING_KEY", ...credentials].join(" and ");
  return [
    ...(names.length === 0 ? [] : [`set the variable INC_REMOTE ${place}`]),
    ...(secrets.length === 0 ? [] : [`set ${secrets.join(" and ")}, masked and protected ${place}`]),
    ...(signs ? [`set ${ofPush} for the environment "${ENVIRONMENT}", masked and protected ${place}`] : []),
  ];
}

/** What GitLab hands to the job that signs. */
function storeForLater({ workspace }: Project): Lines {
  const store = workspace === "." ? ".inc/" : `${workspace}/.inc/`;
  return ["  artifacts:", `    paths: [${scalar(store)}]`, "    expire_in: 1 day"];
}

/** Signs and shares in a job of its own, which runs no task. */
function pushJob(project: Project): Lines {
  const { pushesTo } = project.sharing;
  return [
    `# Signs what the run made, and shares it. Make INC_SIGNING_KEY a protected variable of the environment "${ENVIRONMENT}":`,
    "# no job that runs the code of a merge request, and none that runs tasks, gets it.",
    "push:",
    "  stage: deploy",
    "  needs: [main]",
    "  environment:",
    `    name: ${ENVIRONMENT}`,
    "    action: prepare",
    "  rules:",
    `    - if: ${OF_MAIN} && $CI_COMMIT_REF_PROTECTED == "true"`,
    ...(pushesTo === undefined ? [] : ["  variables:", `    INC_REMOTE: ${scalar(pushesTo)}`]),
    "  before_script:",
    ...block("    ", items(beforeRunning(project, false))),
    "  script:",
    ...block("    ", items([run(project, ["cache", "push"])])),
  ];
}

function beforeRunning(project: Project, scripts: boolean): readonly Line[] {
  const { manager, isModern, isPinned } = project.packages;
  const enable = isModern || (manager === "pnpm" && isPinned) ? ["corepack enable"] : [];
  const pnpm = manager === "pnpm" && !isPinned ? ["npm install --global pnpm@10"] : [];
  return [...[...enable, ...pnpm].map((command) => ({ command, directory: "." })), ...installLines(project, scripts)];
}

function run(project: Project, words: readonly string[]): Line {
  return { command: incCommand(project, words), directory: project.directory };
}

/** Each in a shell of its own where it runs elsewhere, so that the next one begins where this one began. */
function items(lines: readonly Line[]): Lines {
  return lines.map(({ command, directory }) => {
    const text = directory === "." ? command : `(cd ${quoteWord(directory)} && ${command})`;
    return `- ${/^[\w"$][^:#]*$/.test(text) && !text.startsWith('"') ? text : JSON.stringify(text)}`;
  });
}
