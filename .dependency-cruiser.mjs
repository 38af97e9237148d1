/**
 * The rooms of src/, from the top floor down. An import goes down only; within a room it is free.
 * A room that does not stand here may not be imported, and may not import.
 */
export const ROOMS = [
  "cli.ts",
  "commands/",
  "completion/",
  "index.ts",
  "report/",
  "batch/",
  "verify/",
  "run/",
  "pack/",
  "bundle/",
  "runtimes/",
  "tasks/",
  "sources/",
  "options/file.ts",
  "options/file-definition.ts",
  "options/schema.ts",
  "options/derivation-schema.ts",
  "options/issues.ts",
  "public-json/",
  "model/",
  "mdai/",
  "weights/",
  "write/",
  "files/",
  "viewer/",
  "schemas.ts",
  "text/",
  "errors.ts",
  "findings/",
  "options/names.ts",
  "options/run-table.ts",
  "options/table.ts",
  "options/batch-table.ts",
  "options/entry.ts",
  "options/run-types.ts",
  "options/types.ts",
  "options/words.ts",
  "version.ts",
  "environment.ts",
];

const pattern = (room) => `^src/${room.replace(".", "\\.")}`;

const upward = ROOMS.slice(1).map((room, floor) => ({
  name: `${room} imports only what lies below it`,
  severity: "error",
  from: { path: pattern(room) },
  to: { path: ROOMS.slice(0, floor + 1).map(pattern) },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...upward,
    {
      name: "no circle",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "every file belongs to a room",
      severity: "error",
      from: { path: "^src/", pathNot: ROOMS.map(pattern) },
      to: {},
    },
    {
      name: "every file belongs to a room, alone as well",
      severity: "error",
      from: { orphan: true, path: "^src/", pathNot: ROOMS.map(pattern) },
      to: {},
    },
    {
      name: "only files of rooms are imported",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: ROOMS.map(pattern) },
    },
    {
      name: "what is imported is there, and is a dependency",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};
