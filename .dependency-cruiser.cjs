/** The folders of src/ are the data flow: each imports only from those before it. Type imports count. */
const LAYERS = [
  "model",
  "host",
  "content",
  "manifest",
  "graph",
  "files",
  "fingerprint",
  "store",
  "plan",
  "execute",
  "workspace",
  "services",
  "versions",
  "access",
  "lineage",
  "run",
  "report",
  "watch",
  "api",
  "cli",
  "commands",
  "action",
];

/** The rooms of run/, in the order in which they may be imported; its own files come last. */
const RUN_ROOMS = ["decide", "session", "attempt", "round"];

/** Which folder, or file, may import a package: one owner each. */
const OWNERS = {
  "@napi-rs/blake-hash": "host/files/hash",
  "blake3-wasm": "host/files/hash",
  execa: "host/process/process",
  lmdb: "store/schema",
  aws4fetch: "store/remote/backends/s3",
  "@actions/cache": "action/",
  "@actions/core": "action/",
  listr2: "report/",
  "@oclif/core": "(commands|cli)/",
  ignore: "files/ignored",
  "node-diff3": "content/",
  diff: "content/",
  "csv-parse": "content/",
  canonicalize: "content/(value|returned)",
  "fastest-levenshtein": "model/suggestion",
  yaml: "(manifest/read|fingerprint/code/packages/)",
  "oxc-parser": "fingerprint/code/syntax/",
  "eslint-scope": "fingerprint/code/syntax/",
  "enhanced-resolve": "fingerprint/code/link/",
  chokidar: "host/events/",
};

module.exports = {
  forbidden: [
    ...LAYERS.slice(0, -1).map((layer, i) => ({
      name: `${layer}-imports-only-what-comes-before`,
      severity: "error",
      from: { path: `^src/${layer}/` },
      to: { path: `^src/(${LAYERS.slice(i + 1).join("|")})/` },
    })),
    ...Object.entries(OWNERS).map(([name, owner]) => ({
      name: `${name.replace(/[^\w]/g, "-")}-has-one-owner`,
      severity: "error",
      from: { path: "^src/", pathNot: `^src/${owner}` },
      to: { path: `node_modules/${name}/` },
    })),
    ...RUN_ROOMS.map((room, i) => ({
      name: `run-${room}-imports-only-what-comes-before`,
      severity: "error",
      from: { path: `^src/run/${room}/` },
      to: { path: `^src/run/(${[...RUN_ROOMS.slice(i + 1).map((later) => `${later}/`), "[^/]+$"].join("|")})` },
    })),
    {
      name: "every-folder-has-its-place-among-the-layers",
      severity: "error",
      from: { path: `^src/(?!(${LAYERS.join("|")})/)[^/]+/` },
      to: { path: "^src/" },
    },
    {
      name: "every-room-of-run-has-its-place",
      severity: "error",
      from: { path: "^src/" },
      to: { path: `^src/run/(?!(${RUN_ROOMS.join("|")})/)[^/]+/` },
    },
    { name: "no-cycles", severity: "error", from: { path: "^src/" }, to: { circular: true } },
    {
      name: "public-api-imports-manifest-only",
      severity: "error",
      from: { path: "^src/index" },
      to: { path: "^src/(?!manifest/|model/|api)" },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
    },
  },
};
