import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { FLIGHT } from "./build.mjs";

const alias = Object.fromEntries(
  Object.entries(FLIGHT).map(([name, path]) => [name, fileURLToPath(new URL(path, import.meta.url))]),
);

export default defineConfig({
  resolve: { alias }, // as in all that is built
  test: { include: ["test/**/*.test.ts"], testTimeout: 60_000 },
});
