/** A problem document (RFC 9457) as an error. `network` marks requests that got no answer at all. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string>;
  readonly extra: Record<string, unknown>;
  readonly reference: string | null;

  constructor(status: number, code: string, detail: string, rest: Partial<Problem> = {}) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.fields = rest.fields ?? {};
    this.extra = rest.extra ?? {};
    this.reference = rest.reference ?? null;
  }

  get network(): boolean {
    return this.status === 0;
  }
}

export function problemOf(status: number, body: unknown, reference: string | null): Problem {
  const document = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const { code, detail, title, fields, ...extra } = document;
  const sentence = [detail, title].find((text) => typeof text === "string" && text !== "");
  return new Problem(status, typeof code === "string" ? code : `http_${status}`, String(sentence ?? ""), {
    fields: (fields ?? {}) as Record<string, string>,
    extra,
    reference,
  });
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const noAnswer = error instanceof TypeError || (error instanceof DOMException && error.name !== "AbortError");
  return new Problem(noAnswer ? 0 : -1, noAnswer ? "no_answer" : "page_error", String((error as Error)?.message ?? error));
}
