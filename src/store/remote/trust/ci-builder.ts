import { hostname, userInfo } from "node:os";
import { defined } from "../../../model/defined.ts";
import type { Origin } from "../../../model/entry.ts";

/** Who makes results here, as records say it. */
export type Builder = Pick<Origin, "builder" | "ci" | "url">;

/** By what the services of CI set; elsewhere the user and the machine. */
export function builderOf(env: NodeJS.ProcessEnv): Builder {
  const { GITHUB_RUN_ID: github, CI_PIPELINE_IID: gitlab, BUILD_NUMBER: jenkins } = env;
  if (github !== undefined) {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_NUMBER: run } = env;
    const url = server === undefined ? undefined : `${server}/${repository}/actions/runs/${github}`;
    return of(env["RUNNER_NAME"], `GitHub Actions run ${run ?? github}`, url);
  }
  if (gitlab !== undefined)
    return of(env["CI_RUNNER_DESCRIPTION"], `GitLab pipeline ${gitlab}`, env["CI_PIPELINE_URL"]);
  if (jenkins !== undefined && env["JENKINS_URL"] !== undefined)
    return of(env["NODE_NAME"], `Jenkins build ${jenkins}`, env["BUILD_URL"]);
  return { builder: `${userName()}@${hostname()}` };
}

function of(builder: string | undefined, ci: string, url: string | undefined): Builder {
  return { builder: builder ?? hostname(), ci, ...defined({ url }) };
}

/** A container may have no entry for its user. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "unknown");
  }
}
