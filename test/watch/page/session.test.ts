import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { launchBrowser } from "../../support/browser.ts";
import { enter } from "../../support/page.ts";
import { Rig } from "../../support/rig.ts";
import type { Running } from "../../support/running.ts";

let browser: Browser;
let context: BrowserContext;
let rig: Rig;
let watch: Running;
let url: string;
/** Another server of this machine, with a link to the page. It records its requests. */
let other: Server;
let asked: IncomingMessage[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  rig = await Rig.create();
  rig.manifest(`export const one = task(sh\`echo it is there\`);`);
  watch = rig.start(["watch", "--serve", "0", "--json"]);
  url = JSON.parse(await watch.line('"kind":"watch-page"'))["url"] as string;
  context = await browser.newContext();
  asked = [];
  other = createServer((request, response) => {
    asked.push(request);
    response.setHeader("Content-Type", "text/html").end(`<a href="${url}">the page</a>`);
  }).listen(0);
});
afterEach(async () => {
  await context.close();
  other.close();
  watch.child.kill("SIGINT");
  expect((await watch.ended).code).toBe(130);
  await rig.close();
});

const addressOf = (host: string): string => `http://${host}:${(other.address() as AddressInfo).port}`;

/** Waits for the page, and records its requests. */
async function works(page: Page): Promise<void> {
  await page.locator("#list li.s-ran", { hasText: "one" }).click();
  await page.locator("#panel pre", { hasText: "it is there" }).waitFor();
}

async function show(address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

test("the address that the browser remembers is without the token, and scripts do not see the cookie", async () => {
  const page = await show(url);
  await works(page);
  expect(page.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
  expect(await page.evaluate("document.cookie")).toBe("");
  const session = await context.newCDPSession(page);
  const { entries } = (await session.send("Page.getNavigationHistory")) as { entries: readonly { url: string }[] };
  expect(entries.map((entry) => entry.url)).toEqual(["about:blank", page.url()]);
});

test("the page works after a reload, by back and forward, and in a second tab by either address", async () => {
  const page = await show(url);
  await works(page);
  await page.reload();
  await works(page);
  await page.goto(addressOf("127.0.0.1"));
  await page.goBack();
  await works(page);
  await works(await show(page.url()));
  await works(await show(url));
  await works(await show(url.replace("127.0.0.1", "localhost")));
});

test("a link on another port or another site opens the page, and a reload after that works", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const page = await show(addressOf(host));
    await page.locator("a").click();
    await works(page);
    expect(page.url()).not.toContain("token");
    await page.reload();
    await works(page);
    expect(await page.evaluate("history.length"), host).toBe(3);
  }
});

test("other servers of the machine do not get the cookie, and a browser without it does not get the page", async () => {
  const page = await show(url);
  await works(page);
  await show(addressOf("127.0.0.1"));
  expect(asked.map(({ headers }) => headers.cookie).filter((cookie) => cookie !== undefined)).toEqual([]);
  await context.clearCookies();
  expect((await page.reload())?.status()).toBe(403);
  const { place, cookie } = await enter(url);
  expect(place).toBe(page.url());
  expect((await fetch(`${place}log?task=one`)).status).toBe(403);
  expect((await fetch(`${place}log?task=one`, { headers: { cookie } })).status).toBe(200);
});

test("a browser without the cookie is refused, also after a link on another site, without a loop", async () => {
  const page = await show(addressOf("localhost"));
  const { place } = await enter(url);
  await page.evaluate(`document.querySelector("a").href = ${JSON.stringify(place)}`);
  await page.locator("a").click();
  await page.locator("body", { hasText: "this takes the whole address that inc watch printed" }).waitFor();
});
