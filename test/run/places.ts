import { startBazelDouble } from "../store/remote/bazel-double.ts";
import { findVersitygw, Versitygw } from "../store/remote/versitygw.ts";
import { findNginx, Nginx } from "../support/nginx.ts";
import { SharedDirectory } from "../support/shared-directory.ts";

/** Where results are shared, while a test lasts. */
export interface Place {
  readonly url: string;
  /** What those who read have in their environment. */
  readonly reader: Readonly<Record<string, string>>;
  /** What those who write have. */
  readonly writer: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

const nginx = findNginx();
const versitygw = findVersitygw();

/** Each kind of place: what starts one, or why none can be started here. */
export const PLACES: readonly (readonly [
  kind: string,
  start: (() => Promise<Place>) | { readonly missing: string },
])[] = [
  [
    "a directory",
    async () => {
      const directory = new SharedDirectory();
      return { url: directory.url, reader: {}, writer: {}, stop: async () => directory.close() };
    },
  ],
  [
    "nginx",
    "missing" in nginx
      ? nginx
      : async () => {
          const server = await Nginx.start(nginx.program, (text) => text);
          return { url: server.url, reader: {}, writer: { INC_REMOTE_TOKEN: "MAIN-TOKEN" }, stop: () => server.stop() };
        },
  ],
  [
    "an S3 server",
    "missing" in versitygw
      ? versitygw
      : async () => {
          const server = await Versitygw.start(versitygw.program);
          const { bucket, endpoint, credentials } = server;
          const url = `s3://${bucket}/team?endpoint=${endpoint}&region=us-east-1`;
          return { url, reader: credentials, writer: credentials, stop: () => server.stop() };
        },
  ],
  [
    "a server of Bazel's protocol",
    async () => {
      const server = await startBazelDouble(true);
      return { url: `bazel+${server.url}`, reader: {}, writer: {}, stop: () => server.close() };
    },
  ],
];
