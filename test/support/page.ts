/** Where a browser is after it has opened the address that a `PageServer` prints. */
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
