import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

/** Where results are shared. */
export interface RemoteAddress {
  readonly kind: "file" | "s3" | "http" | "bazel";
  /** For messages and records: without a user and password. */
  readonly text: string;
  /** Without a user and password; of a server behind HTTP with `/` at the end. */
  readonly url: URL;
  /** The header's value. */
  readonly authorization: string | undefined;
}

/** A setting beside the address makes it useless. The message follows "it cannot be used:". */
export class UnusableAddress extends Error {}

/** Before the address of a server that follows Bazel's protocol. */
const BAZEL = /^bazel\+/i;

/**
 * @param token INC_REMOTE_TOKEN, sent as a bearer token; it beats a user and password in the address.
 * @returns Why it cannot be used.
 */
export function parseRemote(text: string, token: string | undefined): RemoteAddress | string {
  const inner = text.replace(BAZEL, "");
  const isBazel = inner !== text;
  const url = URL.parse(inner);
  if (url === null) return "it is no URL";
  if (decoded(url.pathname) === undefined) return "its path has a % that stands for no character: write %25 for a %";
  const { username, password, pathname, search, hash } = url;
  // A password that is not written as it should be ends the host: what is left of it would be shown, and the wrong host asked.
  const behindHost = pathname + search + hash;
  url.username = "";
  url.password = "";
  url.hash = "";
  const open = { text: url.href, url, authorization: undefined };
  if (!isBazel && url.protocol === "file:") return whyNoFile(inner, url) ?? { kind: "file", ...open };
  if (!isBazel && url.protocol === "s3:")
    return (username + password === "" ? whyNoBucket(url) : `it ${HAS_USER}`) ?? { kind: "s3", ...open };
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return `inc knows no "${isBazel ? "bazel+" : ""}${url.protocol}" addresses`;
  if (behindHost.includes("@"))
    return "it has an @ behind the host: write %40 for it, or %2F, %3F and %23 for /, ? and # in a password";
  if (url.search !== "") return "it has a query";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  const user = decoded(`${username}:${password}`);
  if (user === undefined) return "its user or password has a % that stands for no character: write %25 for a %";
  const basic = user === ":" ? undefined : `Basic ${Buffer.from(user).toString("base64")}`;
  const authorization = token === undefined || token === "" ? basic : `Bearer ${token.trim()}`;
  if (authorization !== undefined && !HEADER.test(authorization))
    return "the token in INC_REMOTE_TOKEN has a line break, or a letter that no header can hold";
  return isBazel
    ? { kind: "bazel", text: `bazel+${url.href}`, url, authorization }
    : { kind: "http", text: url.href, url, authorization };
}

const HAS_USER = "has a user: give keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

/** What a token may consist of. */
const HEADER = /^[\t\x20-\x7e]*$/;

/** What may follow the `?` of an S3 address. */
const S3_SETTINGS = new Set(["endpoint", "region", "style"]);

/** Undefined: it can be used. */
function whyNoBucket({ hostname, port, searchParams }: URL): string | undefined {
  if (hostname === "" || port !== "") return "it names no bucket: s3://BUCKET/PREFIX";
  const unknown = [...searchParams.keys()].find((name) => !S3_SETTINGS.has(name));
  if (unknown !== undefined) return `it has an unknown setting: ${unknown}`;
  const endpoint = searchParams.get("endpoint");
  const wrong = endpoint === null ? undefined : whyNoEndpoint(endpoint);
  if (wrong !== undefined) return `its endpoint ${wrong}`;
  const style = searchParams.get("style") ?? "path";
  return style === "path" || style === "virtual" ? undefined : "its style is neither path nor virtual";
}

/** Why a server of S3 cannot be reached there. Undefined: it can be used. */
export function whyNoEndpoint(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return "is no http URL";
  // An address is shown and recorded as a whole.
  return url.username === "" && url.password === "" ? undefined : HAS_USER;
}

/** @param text As it was given: `file:a` is parsed as `file:///a`, which is a directory at the root of the disk. */
function whyNoFile(text: string, url: URL): string | undefined {
  if (!/^file:[\\/]/i.test(text)) return "it is no absolute path";
  try {
    return isAbsolute(fileURLToPath(url)) ? undefined : "it is no absolute path";
  } catch {
    return "it is no path of this machine";
  }
}

/** Undefined: a % in it begins no character. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
