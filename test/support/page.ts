import { type IncomingHttpHeaders, request } from "node:http";

/** The address and session of a browser that has opened the address of a `PageServer`. */
export interface Entered {
  /** The address of the page. */
  readonly place: string;
  /** The header that admits a request. */
  readonly cookie: string;
}

export async function enter(url: string): Promise<Entered> {
  const { headers } = await fetch(url, { redirect: "manual" });
  const [cookie = ""] = (headers.get("set-cookie") ?? "").split(";");
  return { place: new URL(headers.get("location") ?? "", url).href, cookie };
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Asks a server over a connection of its own. */
export function answerOf(
  address: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { headers, method, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on("error", reject);
    asked.end();
  });
}
