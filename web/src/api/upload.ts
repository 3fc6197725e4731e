import { headersOf } from "@/api/client";
import { Problem, problemOf } from "@/api/problem";
import type { Attachment } from "@/api/types";

/** Uploads one file; `onProgress` gets 0…1. `abort` of the signal stops it. */
export function upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    // fetch cannot report the progress of a body that it sends.
    const call = new XMLHttpRequest();
    call.open("POST", "/api/v1/uploads");
    for (const [name, value] of Object.entries(headersOf("POST"))) call.setRequestHeader(name, value);
    call.responseType = "json";
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    call.addEventListener("load", () => {
      if (call.status >= 200 && call.status < 300) resolve(call.response as Attachment);
      else reject(problemOf(call.status, call.response, call.getResponseHeader("X-Request-Id")));
    });
    call.addEventListener("error", () => reject(new Problem(0, "no_answer", "")));
    call.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError")));
    signal.addEventListener("abort", () => call.abort());
    const form = new FormData();
    form.append("file", file);
    call.send(form);
  });
}
