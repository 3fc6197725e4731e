import type { Plugin } from "vite";

/** Development without a server: a script that answers fetch and WebSocket inside the page. Never part of a build. */
export function pretendServer(): Plugin {
  return {
    name: "hark-pretend-server",
    apply: "serve",
    transformIndexHtml: {
      order: "pre",
      handler: () => [
        { tag: "script", attrs: { type: "module", src: "/dev/mock.ts" }, injectTo: "head-prepend" },
      ],
    },
  };
}
