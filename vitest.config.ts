import { defineConfig } from "vitest/config";

const conditions = ["@posthorn/source", "node", "module", "development|production"];
const folders = ["packages/*", "packages/extensions/*", "apps/*", "tools/*"];

export default defineConfig({
  test: {
    include: folders.map((folder) => `${folder}/test/**/*.test.ts`),
    coverage: { provider: "v8", include: ["packages/**/src/**"], reporter: ["text", "lcov"] },
  },
  resolve: { conditions },
  ssr: { resolve: { conditions } },
});
