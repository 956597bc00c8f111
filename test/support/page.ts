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
