import { connect } from "node:net";
import { withSocketPath } from "./socket.ts";

/** The longest answer, in characters. */
const LONGEST = 65_536;

/**
 * Sends one line and returns the answered line. Undefined: no process listens, or its answer is malformed or late.
 * @param wait Milliseconds in total.
 */
export function askLine(socket: string, question: string, wait: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const connection = withSocketPath(socket, (short) => connect(short));
    const end = (answer: string | undefined): void => {
      clearTimeout(timer);
      connection.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(undefined), wait);
    connection.setEncoding("utf8");
    connection.on("error", () => end(undefined));
    connection.on("close", () => end(undefined));
    connection.on("data", (part: string) => {
      text += part;
      const at = text.indexOf("\n");
      if (at >= 0) end(text.slice(0, at));
      else if (text.length > LONGEST) end(undefined);
    });
    connection.write(`${question}\n`);
  });
}
