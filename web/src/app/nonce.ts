/** The server's nonce for styles that scripts add. Imported before everything that adds any. */
const found = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
export const nonce = found.startsWith("__") ? "" : found;

declare global {
  var __webpack_nonce__: string | undefined;
}

// react-remove-scroll, inside Mantine's dialogs, looks for it under this name.
if (nonce) globalThis.__webpack_nonce__ = nonce;
