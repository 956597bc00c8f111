import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** How to answer a request. */
export type Admission =
  | { readonly kind: "refused" }
  /** It has the token: set the cookie, and redirect to the address that the cookie belongs to. */
  | { readonly kind: "exchange" }
  /** Another site started it, so that the browser added no cookie: have the page reload itself. */
  | { readonly kind: "again" }
  | { readonly kind: "admitted"; readonly path: string };

const COOKIE = "inc";
const REFUSED: Admission = { kind: "refused" };

/**
 * Decides which requests a server for this machine's browser answers. The token of the printed address has one use: it
 * is exchanged for a cookie, and the address without a token is the one that the browser shows and remembers. A
 * browser sends the cookies of a host to all its ports, which belong to other programs; so the path of this cookie is
 * random, and requests to other servers lack it.
 */
export class PageSession {
  readonly #token = secret(32);
  readonly #cookie = secret(32);
  /** The path of the cookie; all pages are below it. */
  readonly base = `/${secret(16)}/`;

  /** The path and token of the printed address, after the origin. */
  get invitation(): string {
    return `/?token=${this.#token}`;
  }

  get setCookie(): string {
    return `${COOKIE}=${this.#cookie}; Path=${this.base}; HttpOnly; SameSite=Strict`;
  }

  admit({ pathname, searchParams }: URL, headers: IncomingHttpHeaders): Admission {
    if (pathname === "/" && isSame(searchParams.get("token") ?? "", this.#token)) return { kind: "exchange" };
    if (!pathname.startsWith(this.base)) return REFUSED;
    if (cookies(headers.cookie).some((cookie) => isSame(cookie, this.#cookie)))
      return { kind: "admitted", path: pathname.slice(this.base.length - 1) };
    // In a browser without cookies, the reload comes from the same origin and is refused here.
    const isFollowed = headers["sec-fetch-site"] === "cross-site" && headers["sec-fetch-mode"] === "navigate";
    return pathname === this.base && isFollowed ? { kind: "again" } : REFUSED;
  }
}

/** The values of all cookies of that name: another port of the host may have set one for the path "/". */
function cookies(header = ""): readonly string[] {
  const pairs = header.split(";").map((pair) => pair.trim());
  return pairs.flatMap((pair) => (pair.startsWith(`${COOKIE}=`) ? [pair.slice(COOKIE.length + 1)] : []));
}

function secret(bytes: number): string {
  return randomBytes(bytes).toString("base64url");
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
