/** The place and the cookie of a browser that has opened the address that a `PageServer` prints. */
export interface Entered {
  /** Where the page is. */
  readonly place: string;
  /** The header that admits. */
  readonly cookie: string;
}

export async function enter(url: string): Promise<Entered> {
  const { headers } = await fetch(url, { redirect: "manual" });
  const [cookie = ""] = (headers.get("set-cookie") ?? "").split(";");
  return { place: new URL(headers.get("location") ?? "", url).href, cookie };
}
