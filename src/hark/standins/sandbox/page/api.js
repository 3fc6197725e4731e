// Calls of the network, and the stream of its changes.

import { toast } from "./dom.js";

const JSON_HEADERS = { "content-type": "application/json" };

export async function call(method, path, body) {
  const answer = await fetch(`play/${path}`, {
    method,
    headers: body === undefined ? {} : JSON_HEADERS,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return read(answer);
}

async function read(answer) {
  if (answer.status === 204) return null;
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(data?.error?.message ?? `${answer.status}`);
  return data;
}

export async function upload(file) {
  const type = file.type || "application/octet-stream";
  const path = `play/media?name=${encodeURIComponent(file.name)}`;
  return read(await fetch(path, { method: "POST", headers: { "content-type": type }, body: file }));
}

/** Runs `act`; what goes wrong is said, and false comes back. */
export async function attempt(act) {
  try {
    return (await act()) ?? true;
  } catch (error) {
    toast(error.message, true);
    return false;
  }
}

/** Calls `onChange(type, data)` for each change; `onOpen` whenever the stream is (again) there. */
export function follow({ onOpen, onChange, onLost }) {
  const source = new EventSource("play/changes");
  source.addEventListener("hello", onOpen);
  source.addEventListener("error", onLost);
  for (const type of ["item", "person", "typing", "read", "webhook", "reset", "event"]) {
    source.addEventListener(type, (message) => onChange(type, JSON.parse(message.data)));
  }
}
