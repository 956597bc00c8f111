import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Dead } from "./driver.ts";
import type { Failed } from "./protocol.ts";
import { lastLines } from "./words.ts";

type Text = Omit<Diagnostic, "severity">;

/** Why there is no cluster to run on. @param tried The interpreters that were tried. */
export function unconnected(failed: Failed | Dead, tried: readonly string[]): Diagnostic {
  const text = failed.type === "dead" ? dead(failed, tried) : TEXTS[failed.kind](failed, tried);
  return { severity: "error", ...text };
}

function dead({ python, words }: Dead, tried: readonly string[]): Text {
  if (words === undefined)
    return {
      code: "INC1070",
      message: `no Python was found to connect to Ray with: tried ${tried.join(", ")}`,
      help: ["install Python and Ray: python3 -m pip install ray", "or name a Python: --ray-python PATH"],
    };
  return {
    code: "INC1072",
    message: `the process that connects to Ray ended at once (${python})`,
    notes: lastLines(words),
    help: ["try the same by hand: python3 -c 'import ray; ray.init(address=\"auto\")'"],
  };
}

/** What to do about a place by which data travels. */
export const DATA_HELP = [
  "check the address and the token of the shared cache, and that all nodes reach it and may write there",
  "or have Ray carry the data: --ray-data objects",
] as const;

const TEXTS: Readonly<Record<Failed["kind"], (failed: Failed, tried: readonly string[]) => Text>> = {
  "no-ray": ({ python }, tried) => ({
    code: "INC1070",
    message: `Ray is not installed for ${python}`,
    notes: tried.length < 2 ? [] : [{ message: `tried ${tried.join(", ")}` }],
    help: [
      `install the version that the cluster has: ${python} -m pip install ray`,
      "or name another Python: --ray-python PATH",
    ],
  }),
  scheme: ({ address }) => ({
    code: "INC1071",
    message: `"${address}" is no address of a Ray cluster that inc can use`,
    help: ["give the head's address as HOST:PORT, on a machine that is a node of the cluster"],
  }),
  version: ({ address, python, message }) => ({
    code: "INC1071",
    message: `the cluster at ${address} has another version of Ray or of Python than ${python}`,
    notes: [{ message }],
    help: ["name a Python with the cluster's versions: --ray-python PATH"],
  }),
  silent: ({ address, message }) => ({
    code: "INC1071",
    message: `something listens at ${address}, but Ray does not get a connection to it`,
    notes: [{ message }],
    help: [
      "a cluster that wants a token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to its token",
      "check that it is the address of a Ray cluster's head, as ray start --head says it",
    ],
  }),
  unreachable: ({ address, message }) => ({
    code: "INC1071",
    message: `no Ray cluster was reached${address === "auto" ? "" : ` at ${address}`}`,
    notes: [{ message }],
    help: [
      "check the address: --ray-address HOST:PORT, or RAY_ADDRESS",
      "this machine has to be a node of the cluster: ray start --address=HOST:PORT --num-cpus=0",
    ],
  }),
  data: ({ address = "", message }) => ({
    code: "INC1073",
    message: `the data of tasks cannot go by ${address}, which ${message}`,
    notes: [{ message: "tried from this machine, whose user has to be able to write there" }],
    help: DATA_HELP,
  }),
  protocol: ({ message }) => ({
    code: "INC1072",
    message: "inc and its own driver for Ray are of different versions",
    notes: [{ message }],
    help: ["install inc anew"],
  }),
};
