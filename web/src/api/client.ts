import { Problem, problemOf } from "@/api/problem";

const ROOT = "/api/v1";
const UNSAFE = new Set(["POST", "PATCH", "PUT", "DELETE"]);

interface Credentials {
  csrf: string | null;
  workspace: string | null;
}

const credentials: Credentials = { csrf: null, workspace: null };
let onSignedOut: () => void = () => undefined;

export function setCredentials(csrf: string | null, workspace: string | null): void {
  credentials.csrf = csrf;
  credentials.workspace = workspace;
}

export function whenSignedOut(action: () => void): void {
  onSignedOut = action;
}

type Value = string | number | boolean | null | undefined;

export interface Options {
  query?: Record<string, Value | Value[]>;
  body?: unknown;
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** A 401 is an answer to this request and not the end of the session. */
  quiet?: boolean;
}

export function address(path: string, query: Options["query"] = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, given] of Object.entries(query)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      if (value !== undefined && value !== null && value !== "" && value !== false) parameters.append(name, String(value));
    }
  }
  const text = parameters.toString();
  return `${ROOT}${path}${text ? `?${text}` : ""}`;
}

export function headersOf(method: string, options: Options = {}): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json, application/problem+json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (UNSAFE.has(method) && credentials.csrf) headers["X-CSRF-Token"] = credentials.csrf;
  if (credentials.workspace) headers["X-Workspace"] = credentials.workspace;
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  return headers;
}

async function answerOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  if (!text) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One request. Raises Problem: status 0 where no answer came. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers: headersOf(method, options),
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "no_answer", "");
  }
  const body = await answerOf(response);
  if (response.ok) return body as T;
  if (response.status === 401 && !options.quiet) onSignedOut();
  throw problemOf(response.status, body, response.headers.get("X-Request-Id"));
}
