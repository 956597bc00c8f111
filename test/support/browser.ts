import chromium from "@sparticuz/chromium";
import { type Browser, chromium as driver } from "playwright-core";

/**
 * Arguments of that build, made for cloud functions, that break tests of pages: in one process, only the first context
 * of a browser sends cookies for its pages' requests; the others disable the isolation of sites.
 */
const UNLIKE_USERS = new Set([
  "--single-process",
  "--disable-web-security",
  "--disable-site-isolation-trials",
  "--allow-running-insecure-content",
]);

export async function launchBrowser(): Promise<Browser> {
  return driver.launch({
    executablePath: await chromium.executablePath(),
    args: chromium.args.filter((argument) => !UNLIKE_USERS.has(argument)),
    headless: true,
  });
}
