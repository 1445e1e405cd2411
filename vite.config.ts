import { defineConfig } from "vitest/config";

/** Builds static/src into static/dist with hashed names; templates find them through the manifest. */
export default defineConfig({
  root: "static/src",
  base: "/static/",
  publicDir: "public",
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: {
        pages: "static/src/pages.ts",
        inbox: "static/src/inbox.ts",
        web_chat: "static/src/web_chat.ts",
        widget: "static/src/widget.ts",
      },
      checks: { eval: false }, // htmx can evaluate attributes; base.html and the CSP forbid it
    },
  },
  test: { include: ["**/*.test.ts"], environment: "node" },
});
