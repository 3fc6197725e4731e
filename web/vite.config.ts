/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { precompress } from "./build/precompress.ts";

const server = process.env.HARK_URL ?? "http://localhost:8000";

const LIBRARIES = /node_modules\/(react|react-dom|scheduler|i18next|react-i18next|@tanstack|@floating-ui|react-remove-scroll|tabbable|tslib|clsx)\//;
const OURS = /web\/src\/(api\/(?!routing|rules)|live\/|lib\/(?!links)|ui\/(?!Payload|CustomerNotes|LoadBar|CopyButton|Identities|ConversationLine|Stars))/;
const ICONS = /lucide-react\/dist\/esm\/(createLucideIcon|Icon|shared|defaultAttributes|context|icons\/(x|check|clock|pause|search|copy|pencil|flag|send|users|tag|file|download|ban|trash-2|plus|chevron-\w+|circle-check|circle-x|triangle-alert|arrow-down)\.)/;
const atStart = new RegExp([LIBRARIES, OURS, ICONS].map((each) => each.source).join("|"));

export default defineConfig({
  plugins: [react(), precompress()],
  base: "/",
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    outDir: "../src/hark/ui/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    // Needed from the start anyway: in one piece it packs better than cut up by who else uses what.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "base", test: atStart }] } } },
  },
  server: {
    port: 5173,
    fs: { allow: [".", "../src/hark/kernel"] },
    proxy: {
      "/api": { target: server, ws: true, changeOrigin: true },
      "/webhooks": server,
      "/authorize": server,
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
  },
});
