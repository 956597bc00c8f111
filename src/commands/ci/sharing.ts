import { defined } from "../../model/defined.ts";
import type { RemoteConfig } from "../../model/graph.ts";

/** How the jobs of a workflow share results. */
export interface Sharing {
  /** Where its address is: in the manifest, or in the variable INC_REMOTE. `none`: nowhere. */
  readonly address: "manifest" | "variable" | "none";
  /** Variables that open it; what they hold belongs into the secrets of the CI system. */
  readonly credentials: readonly string[];
  /** True when results count only with a signature. */
  readonly signs: boolean;
  /**
   * What the job that signs has to be told: it evaluates no manifest, and `inc cache push` sends a token to no address that only the
   * store names. Absent: a variable names it, or no token is sent.
   */
  readonly pushesTo?: string;
}

/** @param variable INC_REMOTE, as it is set where the workflow is written. */
export function sharingOf({ url, keys = [] }: RemoteConfig, variable: string): Sharing {
  const isSet = variable !== "" && variable !== "none";
  const address = isSet ? "variable" : url === undefined ? "none" : "manifest";
  const credentials = credentialsOf(isSet ? variable : (url ?? ""));
  const signs = keys.length > 0 && address !== "none";
  const isTold = signs && address === "manifest" && credentials.includes("INC_REMOTE_TOKEN");
  return { address, credentials, signs, ...(isTold ? defined({ pushesTo: url }) : {}) };
}

function credentialsOf(address: string): readonly string[] {
  const protocol = /^[a-z0-9+]+:/i.exec(address)?.[0].toLowerCase();
  if (protocol === undefined || protocol === "file:") return [];
  if (protocol === "s3:") return ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  // A user and password are part of the address.
  return /^[^/]*\/\/[^/]*@/.test(address) ? ["INC_REMOTE"] : ["INC_REMOTE_TOKEN"];
}
