import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launchBrowser } from "../../support/browser.ts";
import { answerOf } from "../../support/page.ts";
import { Rig } from "../../support/rig.ts";
import type { Running } from "../../support/running.ts";

let browser: Browser;
let rig: Rig;
let watch: Running;
let url: string;

/** The errors and console messages of the page. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  rig = await Rig.create();
  complaints = [];
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await rig.close();
});

async function serve(...args: string[]): Promise<void> {
  watch = rig.start(["watch", "--serve", "0", "--json", ...args], { env: { TOKEN: "abcdef123" } });
  url = JSON.parse(await watch.line('"kind":"watch-page"'))["url"] as string;
}

async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(url);
  await page.waitForSelector("html[data-ready]");
  return page;
}

async function stop(): Promise<void> {
  watch.child.kill("SIGINT");
  expect((await watch.ended).code).toBe(130);
}

const row = (page: Page, name: string) => page.locator(`#list li:has(.name:text-is(${JSON.stringify(name)}))`);

const hasState = (page: Page, name: string, state: string): Promise<void> =>
  row(page, name)
    .and(page.locator(`.s-${state}`))
    .waitFor();

const activeName = (page: Page): Promise<string> =>
  page.evaluate<string>("(document.activeElement.querySelector('.name, title') ?? document.activeElement).textContent");

function withReport(): void {
  rig.write("a.txt", "one\n");
  rig.manifest(`
export const words = task(sh\`cat \${file("a.txt")} > \${out("build/words")}; echo "words are there"\`, { description: "Makes words" });
export const report = task(sh\`${rig.held("report")}; cat \${words} > \${out("build/report.md")}\`);
export const bad = task(sh\`grep -q good \${file("a.txt")}\`);
export const behind = task(sh\`true\`, { inputs: [bad] });`);
}

test("the page shows the graph, the state of each task as it changes, and the runs", async () => {
  withReport();
  await serve();
  const page = await open();
  const first = await rig.waitFor("report");
  await hasState(page, "report", "running");
  first.release();
  await hasState(page, "report", "ran");
  await hasState(page, "bad", "failed");
  await hasState(page, "behind", "skipped");
  expect(await page.locator("#view .node").count()).toBe(4);
  expect(await page.locator("#view .edge").count()).toBe(2);
  await page.locator("#status", { hasText: "1 failed, 1 skipped" }).waitFor();
  await page.locator("#timeline li", { hasText: "watch began" }).locator(".strip i").nth(2).waitFor();
  rig.write("a.txt", "good\n");
  await hasState(page, "report", "running");
  (await rig.waitFor("report")).release();
  await hasState(page, "behind", "ran");
  await page.locator("#status", { hasText: "all is well" }).waitFor();
  await page.locator("#timeline button", { hasText: "a.txt changed" }).click();
  const tasks = await page.locator("#panel li").allTextContents();
  expect(tasks.map((text) => text.replace(/ \d.*? m?s/, "").split("  ")[0])).toContain("✓ words");
  expect(complaints).toEqual([]);
  await stop();
});

test("everything works by keyboard", async () => {
  withReport();
  rig.open("report");
  await serve();
  const page = await open();
  await hasState(page, "report", "ran");
  await page.keyboard.press("/");
  await page.keyboard.type("wor");
  expect(await page.locator("#count").textContent()).toBe("1 of 4");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  expect(await activeName(page)).toBe("words");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#panel[data-ready=words]");
  expect(await page.locator("#panel h2").textContent()).toBe("words");
  await page.keyboard.press("Escape");
  expect(await page.locator("#panel").isHidden()).toBe(true);
  expect(await activeName(page)).toBe("words");
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  await row(page, "bad").focus();
  const names = [];
  for (const key of ["End", "Home", "ArrowDown"]) {
    await page.keyboard.press(key);
    names.push(await activeName(page));
  }
  expect(names).toEqual(["report", "bad", "behind"]);
  await page.locator("#view .node", { hasText: "words" }).focus();
  await page.keyboard.press("ArrowRight");
  expect(await activeName(page)).toBe("report");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#panel[data-ready=report]");
  expect(await row(page, "report").getAttribute("aria-selected")).toBe("true");
  expect(complaints).toEqual([]);
  await stop();
});

describe("the panel", () => {
  test("shows the output of an attempt while it runs, and that of the last one", async () => {
    rig.manifest(`
export const slow = task(sh\`echo "begins"; printf 'a\\033[2Jb\\n'; ${rig.held("slow")}; echo "ends"; ${rig.held("end")}\`);
export const secret = task(sh\`echo "token $TOKEN"; ${rig.held("secret")}\`, { env: { TOKEN: env("TOKEN", { secret: true }) } });`);
    await serve("--jobs", "2");
    const page = await open();
    const [slow, secret] = await Promise.all([rig.waitFor("slow"), rig.waitFor("secret")]);
    await row(page, "slow").click();
    await page.locator("#panel pre", { hasText: "begins\nab" }).waitFor();
    slow.release();
    await page.locator("#panel pre", { hasText: "ends" }).waitFor();
    await row(page, "secret").click();
    await page.locator("#panel .quiet", { hasText: "running now" }).waitFor();
    await page.locator("#panel pre", { hasText: "token ***" }).waitFor();
    secret.release();
    await page.locator("#panel .quiet", { hasText: "last attempt" }).waitFor();
    await page.locator("#panel pre", { hasText: "token ***" }).waitFor();
    expect(await page.locator("#panel .quiet").textContent()).toMatch(
      /^last attempt, .*: ran, .*: echo "token \$TOKEN"/,
    );
    (await rig.waitFor("end")).release();
    await hasState(page, "slow", "ran");
    await stop();
  });

  test("shows the lineage of an output, also during a run, with links to its tasks and versions", async () => {
    withReport();
    rig.open("report");
    await serve();
    const page = await open();
    await hasState(page, "report", "ran");
    rig.write("pipeline.ts", `${rig.read("pipeline.ts")}export const more = task(sh\`${rig.held("more")}\`);\n`);
    const more = await rig.waitFor("more");
    await row(page, "report").click();
    await page.locator("#panel button", { hasText: "build/report.md" }).click();
    const names = page.locator("#panel li b");
    await names.nth(4).waitFor();
    expect(await names.allTextContents()).toEqual(["build/report.md@1", "report", "build/words@1", "words", "a.txt@1"]);
    await names.nth(4).click();
    await page.locator("#panel h2", { hasText: "Lineage of a.txt@1" }).waitFor();
    await page.locator("#panel button", { hasText: "What was made from it" }).click();
    await page.locator("#panel li b", { hasText: "build/report.md@1" }).waitFor();
    await page.locator("#panel li b", { hasText: /^report$/ }).click();
    await page.waitForSelector("#panel[data-ready=report]");
    more.release();
    await hasState(page, "more", "ran");
    expect(complaints).toEqual([]);
    await stop();
  });
});

test("services are shown beside the tasks, with their output", async () => {
  rig.manifest(
    `export const web = service(sh\`echo web is up; ${rig.held("web")}; exit 3\`, { ready: { line: "up" } });`,
  );
  await serve();
  const page = await open();
  await hasState(page, "web", "ready");
  await row(page, "web").click();
  await page.locator("#panel pre", { hasText: "web is up" }).waitFor();
  (await rig.waitFor("web")).release();
  // The service crashed, and was started again.
  await page.locator("#panel pre", { hasText: /web is up\s+web is up/ }).waitFor();
  await stop();
});

test("a broken manifest is reported until it is fixed, and the new graph is drawn", async () => {
  rig.manifest("export const one = task(sh`true`);");
  await serve();
  const page = await open();
  await hasState(page, "one", "ran");
  rig.manifest("export const one = task(;");
  await page.locator("#problem", { hasText: "pipeline.ts" }).waitFor();
  rig.manifest("export const two = task(sh`echo two`);");
  await hasState(page, "two", "ran");
  expect(await page.locator("#problem").isHidden()).toBe(true);
  expect(await page.locator("#list li").count()).toBe(1);
  await stop();
});

test("the page shows hostile names as text", async () => {
  const names = [
    `<img src=x onerror="document.title='taken'">`,
    `"><script>document.title='taken'</script>`,
    "\u202eevil",
  ];
  rig.manifest(`
export const units = each(${JSON.stringify(names)}, (name) => task(sh\`printf '%s\\n' \${name}\`, { description: name }));`);
  await serve();
  const page = await open();
  for (const name of names.slice(0, 2)) await hasState(page, `units[${name}]`, "ran");
  expect(await page.locator("#list li").count()).toBe(3);
  await row(page, `units[${names[0]}]`).click();
  await page.locator("#panel pre", { hasText: "<img src=x" }).waitFor();
  expect((await page.locator("#list, #view").allTextContents()).join("\n")).not.toContain("\u202e");
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.title()).toMatch(/ · inc watch$/);
  expect(complaints).toEqual([]);
  await stop();
});

test("the page says when watch does not answer, and recovers when it does", async () => {
  rig.manifest("export const one = task(sh`true`);");
  await serve();
  const page = await browser.newPage();
  await page.route(/events/, (route) => route.abort());
  await page.goto(url);
  await page.waitForSelector("#lost:not([hidden])");
  expect(await page.locator("#lost").textContent()).toContain("inc watch has ended, or does not answer");
  await page.unroute(/events/);
  await hasState(page, "one", "ran");
  expect(await page.locator("#lost").isHidden()).toBe(true);
  await stop();
  await page.waitForSelector("#lost:not([hidden])");
  await expect(answerOf(url)).rejects.toThrow("ECONNREFUSED");
});

test("two thousand tasks are shown within seconds", async () => {
  rig.manifest(`
const first = task(sh\`${rig.held("first")}\`);
const some = Array.from({ length: 1998 }, (_, i) => task(sh\`true\`, { inputs: [first], description: "number " + i }));
const last = task(sh\`true\`, { inputs: some });
export { first, some, last };`);
  await serve();
  await rig.waitFor("first");
  const began = performance.now();
  const page = await open();
  await page.locator("#view .node").nth(1999).waitFor({ state: "attached" });
  expect(performance.now() - began).toBeLessThan(15_000);
  expect(await page.locator("#list li").count()).toBe(2000);
  await page.keyboard.press("/");
  await page.keyboard.type("some.1234");
  expect(await page.locator("#count").textContent()).toBe("1 of 2000");
  await row(page, "some.1234").click();
  await page.locator("#panel p", { hasText: "number 1234" }).waitFor();
  expect(complaints).toEqual([]);
  await stop();
});
