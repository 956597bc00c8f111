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
  const { username, password } = url;
  url.username = "";
  url.password = "";
  url.hash = "";
  const open = { text: url.href, url, authorization: undefined };
  if (!isBazel && url.protocol === "file:") return isUsableFile(url) ?? { kind: "file", ...open };
  if (!isBazel && url.protocol === "s3:") return whyNoBucket(url) ?? { kind: "s3", ...open };
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return `inc knows no "${isBazel ? "bazel+" : ""}${url.protocol}" addresses`;
  if (url.search !== "") return "it has a query";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = username === "" ? undefined : `Basic ${Buffer.from(user).toString("base64")}`;
  const authorization = token === undefined || token === "" ? basic : `Bearer ${token.trim()}`;
  return isBazel
    ? { kind: "bazel", text: `bazel+${url.href}`, url, authorization }
    : { kind: "http", text: url.href, url, authorization };
}

/** What may follow the `?` of an S3 address. */
const S3_SETTINGS = new Set(["endpoint", "region", "style"]);

/** Undefined: it can be used. */
function whyNoBucket({ hostname, port, searchParams }: URL): string | undefined {
  if (hostname === "" || port !== "") return "it names no bucket: s3://BUCKET/PREFIX";
  const unknown = [...searchParams.keys()].find((name) => !S3_SETTINGS.has(name));
  if (unknown !== undefined) return `it has an unknown setting: ${unknown}`;
  const endpoint = searchParams.get("endpoint");
  if (endpoint !== null && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) return "its endpoint is no http URL";
  const style = searchParams.get("style") ?? "path";
  return style === "path" || style === "virtual" ? undefined : "its style is neither path nor virtual";
}

function isUsableFile(url: URL): string | undefined {
  try {
    return isAbsolute(fileURLToPath(url)) ? undefined : "it is no absolute path";
  } catch {
    return "it is no path of this machine";
  }
}
