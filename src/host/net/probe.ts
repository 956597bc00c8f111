import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** One attempt to connect takes no longer than this, in milliseconds. */
const PATIENCE = 1000;
const FIRST_PAUSE = 10;
const LAST_PAUSE = 200;

/** The loopback addresses: a server may listen at only one of them. */
const LOOPBACK = ["127.0.0.1", "::1"] as const;

/** True when connections are accepted on a port of this machine. */
export async function portAccepts(port: number): Promise<boolean> {
  const answers = await Promise.all(LOOPBACK.map((host) => accepts(host, port)));
  return answers.includes(true);
}

/** True when connections are accepted at the host and port of a URL. */
export function hostAccepts(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  const number = port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
  // A URL has IPv6 addresses in brackets.
  return accepts(hostname.replace(/^\[|\]$/g, ""), number);
}

/** True when a GET is answered with 2xx. */
export async function httpAnswers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** Polls, ever more slowly, until the answer is true. False: aborted before that. */
export async function until(ask: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(pause * 2, LAST_PAUSE)) {
    if (await ask()) return !signal.aborted;
    await wait(pause, undefined, { signal }).catch(() => {});
  }
  return false;
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(PATIENCE, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
