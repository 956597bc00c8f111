import type { IncomingHttpHeaders } from "node:http";
import { beforeEach, describe, expect, test } from "vitest";
import { type Admission, PageSession } from "../../../src/host/net/page-session.ts";

let session: PageSession;
/** The `cookie` header that a browser sends. */
let cookie: string;

beforeEach(() => {
  session = new PageSession();
  [cookie = ""] = session.setCookie.split(";");
});

const admit = (path: string, headers: IncomingHttpHeaders = {}): Admission =>
  session.admit(new URL(path, "http://127.0.0.1:1"), headers);
const refused: Admission = { kind: "refused" };

test("the token is exchanged for a cookie of a random path, which scripts cannot read and other sites cannot use", () => {
  expect(admit(session.invitation)).toEqual({ kind: "exchange" });
  expect(session.setCookie).toMatch(/^inc=[\w-]{43}; Path=\/[\w-]{22}\/; HttpOnly; SameSite=Strict$/);
  expect(session.setCookie).toContain(`Path=${session.base};`);
  const other = new PageSession();
  expect([other.base, other.setCookie, other.invitation]).not.toContain(session.base);
  expect(other.admit(new URL(session.invitation, "http://127.0.0.1:1"), {})).toEqual(refused);
});

test("the token admits to the exchange alone, and is not the cookie", () => {
  const query = session.invitation.slice(1);
  for (const path of [session.base, `${session.base}events`, "/events", "/log"])
    expect(admit(`${path}${query}`), path).toEqual(refused);
  const token = query.slice("?token=".length);
  expect(admit(session.base, { cookie: `inc=${token}` })).toEqual(refused);
  expect(admit(`/?token=${cookie.slice("inc=".length)}`)).toEqual(refused);
  for (const path of ["/", "/?token=", `/?token=${"x".repeat(43)}`, "/?token=%00", `/?x&token=${token}x`])
    expect(admit(path), path).toEqual(refused);
});

describe("the cookie", () => {
  test("admits to everything below its path", () => {
    expect(admit(session.base, { cookie })).toEqual({ kind: "admitted", path: "/" });
    expect(admit(`${session.base}log?task=a`, { cookie })).toEqual({ kind: "admitted", path: "/log" });
  });

  test("admits to nothing else", () => {
    for (const path of ["/", "/events", session.base.slice(0, -1), `${session.base}../events`, `/x${session.base}`])
      expect(admit(path, { cookie }), path).toEqual(refused);
  });

  test("admits among other cookies, even one of the same name set by another port of the host", () => {
    for (const header of [`other=1; ${cookie}`, `inc=other; ${cookie}`, `${cookie};inc=other`])
      expect(admit(session.base, { cookie: header }), header).toMatchObject({ kind: "admitted" });
  });

  test("admits only when it is complete", () => {
    for (const header of ["", "inc", "inc=", `inc=${"x".repeat(43)}`, `x${cookie}`, `${cookie}x`, cookie.slice(0, -1)])
      expect(admit(session.base, { cookie: header }), header).toEqual(refused);
  });
});

describe("a link on another site", () => {
  const followed = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };

  test("is answered with one more request of the same site, which is refused without a cookie", () => {
    expect(admit(session.base, followed)).toEqual({ kind: "again" });
    expect(admit(session.base, { ...followed, "sec-fetch-site": "same-origin" })).toEqual(refused);
  });

  test("is refused for any other path, and for any request other than a navigation", () => {
    expect(admit(`${session.base}log`, followed)).toEqual(refused);
    expect(admit("/", followed)).toEqual(refused);
    expect(admit(session.base, { ...followed, "sec-fetch-mode": "no-cors" })).toEqual(refused);
  });
});
