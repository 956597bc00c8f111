import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LineageDocument } from "../../../src/lineage/document.ts";
import { downstream } from "../../../src/lineage/downstream.ts";
import { upstream } from "../../../src/lineage/upstream.ts";
import { renderLineageHtml } from "../../../src/report/lineage/html.ts";
import { StoreRig } from "../../lineage/pipeline.ts";
import { launchBrowser } from "../../support/browser.ts";

const HOSTILE = `</script><script>document.title = "taken"</script><img src=x onerror="document.title='taken'">`;

let rig: StoreRig;
let browser: Browser;
let directory: string;

beforeAll(async () => {
  rig = new StoreRig();
  directory = mkdtempSync(join(tmpdir(), "inc-html-"));
  const lint = rig.attempt("lint", { files: { "src/app.ts": "s" } });
  for (const name of ["eu", "us", "jp"])
    rig.attempt(`clean[${name}.csv]`, {
      command: `python3 clean.py data/${name}.csv > build/clean/${name}.csv`,
      files: { [`data/${name}.csv`]: name, "build/schema.json": "{}" },
      makes: { [`build/clean/${name}.csv`]: `clean ${name}` },
    });
  rig.attempt("report", {
    command: "python3 report.py > build/report.md",
    sets: {
      clean: { "build/clean/eu.csv": "clean eu", "build/clean/jp.csv": "clean jp", "build/clean/us.csv": "clean us" },
    },
    params: { region: HOSTILE },
    passed: [lint],
    makes: { "build/report.md": "# report" },
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await rig.close();
  rmSync(directory, { recursive: true });
});

const up = (name = "build/report.md"): LineageDocument => upstream(rig.store, [rig.version(name)]);

/** Opens a page from a file, as people do. The test fails when the page requests anything or has an error. */
async function opened(document: LineageDocument, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const path = join(directory, "lineage.html");
  writeFileSync(path, renderLineageHtml(document));
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => asked.push(error.message));
  page.on("console", (message) => asked.push(message.text()));
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector("html[data-ready]");
  expect(asked).toEqual([pathToFileURL(path).href]);
  return page;
}

const focused = (page: Page): Promise<string> =>
  page.evaluate<string>("document.activeElement.querySelector?.('title')?.textContent ?? document.activeElement.id");
const transform = (page: Page): Promise<string> =>
  page.evaluate<string>("document.getElementById('view').getAttribute('transform')");
const scaleOf = async (page: Page): Promise<number> => Number(/scale\((.*)\)/.exec(await transform(page))?.[1]);

test("every node and edge is shown within the window, and no name is taken for markup", async () => {
  const document = up();
  const page = await opened(document);
  expect(await page.locator(".node").count()).toBe(document.nodes.length);
  expect(await page.locator(".edge").count()).toBe(document.edges.length);
  expect(await page.title()).toBe("Lineage of build/report.md@1");
  expect(await page.locator("img").count()).toBe(0);
  for (const box of await page.locator(".node").all()) {
    const frame = await box.boundingBox();
    expect(frame?.x ?? -1).toBeGreaterThanOrEqual(0);
    expect((frame?.x ?? 0) + (frame?.width ?? 0)).toBeLessThanOrEqual(1280);
    expect(frame?.y ?? -1).toBeGreaterThanOrEqual(0);
  }
});

test("a click shows the details of a node and highlights the nodes that it is connected with", async () => {
  const page = await opened(up());
  expect(await page.locator("#details").isVisible()).toBe(false);
  await page.getByRole("button", { name: /^task clean\[eu\.csv\]/ }).click();
  const details = await page.locator("#details").textContent();
  expect(details).toContain("python3 clean.py data/eu.csv > build/clean/eu.csv");
  expect(details).toContain("local on testhost");
  const lit = await page.locator(".node.lit title").allTextContents();
  expect(lit.sort()).toEqual([
    "build/clean/eu.csv@1",
    "build/report.md@1",
    "build/schema.json@1",
    "clean[eu.csv]",
    "data/eu.csv@1",
    "report",
  ]);
  await page.getByRole("button", { name: /^param param:region/ }).click();
  expect(await page.locator("#details").textContent()).toContain(HOSTILE.slice(0, 20));
  expect(await page.title()).toBe("Lineage of build/report.md@1");
  await page.getByRole("button", { name: "Close the details" }).click();
  expect(await page.locator("#details").isVisible()).toBe(false);
});

test("everything works by keyboard, with the focus in sight", async () => {
  const page = await opened(up());
  await page.locator("#fit").focus();
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("build/report.md@1");
  expect(await page.evaluate("getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth")).toBe(
    "3.4px",
  );
  await page.keyboard.press("ArrowLeft");
  expect(await focused(page)).toBe("report");
  await page.keyboard.press("ArrowLeft");
  const member = await focused(page);
  await page.keyboard.press("ArrowDown");
  expect(await focused(page)).not.toBe(member);
  await page.keyboard.press("ArrowUp");
  expect(await focused(page)).toBe(member);
  await page.keyboard.press("ArrowRight");
  expect(await focused(page)).toBe("report");
  await page.keyboard.press("Enter");
  expect(await page.locator("#details").textContent()).toContain("python3 report.py");
  expect(await page.locator('[aria-pressed="true"] title').textContent()).toBe("report");
  await page.keyboard.press("Escape");
  expect(await page.locator("#details").isVisible()).toBe(false);
  expect(await focused(page)).toBe("report");
  expect(await page.locator('.node[tabindex="0"]').count()).toBe(1);
});

test("the graph zooms by keys, buttons and wheel, and moves by dragging", async () => {
  const page = await opened(up());
  const whole = await transform(page);
  const scale = await scaleOf(page);
  await page.keyboard.press("+");
  expect(await scaleOf(page)).toBeCloseTo(scale * 1.25);
  await page.keyboard.press("-");
  expect(await scaleOf(page)).toBeCloseTo(scale);
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.mouse.move(640, 300);
  await page.mouse.wheel(0, -400);
  await page.waitForFunction(
    `!document.getElementById('view').getAttribute('transform').includes('(${scale * 1.25})')`,
  );
  expect(await scaleOf(page)).toBeGreaterThan(scale * 1.25);
  await page.keyboard.press("0");
  expect(await transform(page)).toBe(whole);
  await page.mouse.move(400, 700);
  await page.mouse.down();
  await page.mouse.move(500, 650);
  await page.mouse.up();
  const numbers = (text: string): number[] => (text.match(/-?[\d.]+/g) ?? []).map(Number);
  const [before, after] = [numbers(whole), numbers(await transform(page))];
  expect((after[0] ?? 0) - (before[0] ?? 0)).toBeCloseTo(100);
  expect((after[1] ?? 0) - (before[1] ?? 0)).toBeCloseTo(-50);
});

test("a node is found by its name", async () => {
  const page = await opened(up());
  await page.keyboard.press("/");
  await page.keyboard.type("SCHEMA");
  expect(await page.locator(".node.hit").count()).toBe(1);
  await page.keyboard.press("Enter");
  expect(await focused(page)).toBe("build/schema.json@1");
});

test("the page is dark in the dark scheme, and stale nodes say why", async () => {
  const now = (name: string) =>
    name === "data/eu.csv" ? rig.identity("edited") : rig.store.history.latest(name)?.identity;
  const page = await opened(downstream(rig.store, [rig.version("data/eu.csv")], now), "dark");
  expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(21, 24, 27)");
  expect(await page.locator(".node.stale").count()).toBe(2);
  const label = await page.locator(".node.stale").first().getAttribute("aria-label");
  expect(label).toBe("artifact build/clean/eu.csv@1, stale: data/eu.csv changed");
});

test("two thousand nodes are drawn within seconds and work by keyboard", async () => {
  const large = new StoreRig();
  for (let i = 0; i < 660; i += 1) {
    const layer = Math.floor(i / 60);
    const inputs = layer === 0 ? [] : [i - 60, (layer - 1) * 60 + ((i + 1) % 60)];
    large.attempt(`t${i}`, {
      files: { [`src/${i}.txt`]: `${i}`, ...Object.fromEntries(inputs.map((j) => [`build/${j}.txt`, `made ${j}`])) },
      makes: { [`build/${i}.txt`]: `made ${i}` },
    });
  }
  const sinks = Array.from({ length: 60 }, (_, i) => [`build/${600 + i}.txt`, `made ${600 + i}`] as const);
  large.attempt("all", { files: Object.fromEntries(sinks), makes: { "build/all": "all" } });
  const document = upstream(large.store, [large.version("build/all")], { limit: 2000 });
  expect(document.nodes.length).toBeGreaterThan(1900);
  const started = performance.now();
  const page = await opened(document);
  expect(performance.now() - started).toBeLessThan(20_000);
  await page.locator("#fit").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowLeft");
  expect(await focused(page)).toBe("all");
  await page.keyboard.press("Enter");
  expect(await page.locator(".node.lit").count()).toBe(document.nodes.length);
  const chosen = await page.locator('[aria-pressed="true"]').boundingBox();
  const details = await page.locator("#details").boundingBox();
  expect((chosen?.x ?? 0) + (chosen?.width ?? 0)).toBeLessThan(details?.x ?? 0);
  await page.keyboard.press("0");
  await large.close();
});
