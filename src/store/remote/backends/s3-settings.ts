import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UnusableAddress, whyNoEndpoint } from "../address.ts";

/** How a bucket is reached. */
export interface S3Settings {
  /** What all keys are below, with `/` at the end. */
  readonly root: URL;
  /** Where the bucket itself is asked, with `/` at the end. */
  readonly bucket: URL;
  /** What all keys begin with: empty, or with `/` at the end. */
  readonly prefix: string;
  readonly region: string;
  /** Undefined: requests are not signed; a public bucket answers them. */
  readonly credentials: S3Credentials | undefined;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const DEFAULT_REGION = "us-east-1";

type Env = Readonly<Record<string, string | undefined>>;
type Section = Readonly<Record<string, string>>;

/**
 * Reads an address `s3://bucket/prefix?endpoint=URL&region=REGION&style=path`, and for what it does not say the variables and files
 * that the tools of AWS read: AWS_ACCESS_KEY_ID and the like, AWS_PROFILE, ~/.aws/credentials, ~/.aws/config. An empty one says
 * nothing: CI sets a variable to that where its secret is missing. Throws `UnusableAddress`.
 */
export function s3Settings(url: URL, env: Env): S3Settings {
  const profile = profileOf(env);
  const given = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const region = [given("region"), env["AWS_REGION"], env["AWS_DEFAULT_REGION"], profile["region"]].find(isSet);
  const endpoint = [
    given("endpoint"),
    env["AWS_ENDPOINT_URL_S3"],
    env["AWS_ENDPOINT_URL"],
    profile["endpoint_url"],
  ].find(isSet);
  const wrong = endpoint === undefined ? undefined : whyNoEndpoint(endpoint);
  if (wrong !== undefined)
    throw new UnusableAddress(`the endpoint in AWS_ENDPOINT_URL or in the profile of AWS ${wrong}`);
  const bucket = url.hostname;
  // A bucket with a full stop in its name is no host that a certificate of the service names.
  const isPath = (given("style") ?? (endpoint !== undefined || bucket.includes(".") ? "path" : "virtual")) === "path";
  const server = new URL(endpoint ?? `https://s3.${region ?? DEFAULT_REGION}.amazonaws.com/`);
  if (!isPath) server.hostname = `${bucket}.${server.hostname}`;
  const place = below(server, isPath ? [server.pathname, bucket] : [server.pathname]);
  const root = below(server, [place.pathname, url.pathname]);
  const prefix = decodeURIComponent(root.pathname.slice(place.pathname.length));
  return { root, bucket: place, prefix, region: region ?? DEFAULT_REGION, credentials: credentialsOf(env, profile) };
}

function below(server: URL, paths: readonly string[]): URL {
  const url = new URL(server);
  const keys = paths.flatMap((path) => path.split("/"));
  url.pathname = `/${keys.map((key) => (key === "" ? "" : `${key}/`)).join("")}`;
  return url;
}

function credentialsOf(env: Env, profile: Section): S3Credentials | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (isSet(id) && isSet(secret)) return credentials(id, secret, token);
  const { aws_access_key_id: ofProfile, aws_secret_access_key: secretOfProfile, aws_session_token: session } = profile;
  return isSet(ofProfile) && isSet(secretOfProfile) ? credentials(ofProfile, secretOfProfile, session) : undefined;
}

function credentials(accessKeyId: string, secretAccessKey: string, token: string | undefined): S3Credentials {
  return { accessKeyId, secretAccessKey, ...(isSet(token) ? { sessionToken: token } : {}) };
}

/** The settings of AWS_PROFILE, or of the default one. */
function profileOf(env: Env): Section {
  const name = isSet(env["AWS_PROFILE"]) ? env["AWS_PROFILE"] : "default";
  const home = env["HOME"] ?? homedir();
  const config = sections(env["AWS_CONFIG_FILE"] ?? join(home, ".aws/config"));
  const secret = sections(env["AWS_SHARED_CREDENTIALS_FILE"] ?? join(home, ".aws/credentials"));
  return { ...config.get(name === "default" ? name : `profile ${name}`), ...secret.get(name) };
}

/** The sections of a file in the format of these tools; none where there is no such file. */
function sections(path: string): ReadonlyMap<string, Section> {
  const found = new Map<string, Record<string, string>>();
  let current: Record<string, string> = {};
  for (const line of textOf(path).split(/\r?\n/)) {
    const [, title] = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line) ?? [];
    if (title !== undefined) {
      current = found.get(title) ?? {};
      found.set(title, current);
    }
    // Indented lines are parts of the setting above them.
    const [, key, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) current[key] = value;
  }
  return found;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
