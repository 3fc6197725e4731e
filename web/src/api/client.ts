import createClient, { type Middleware } from "openapi-fetch";
import { Problem, problemOf } from "@/api/problem";
import type { paths } from "@/api/schema";

const SAFE = new Set(["GET", "HEAD"]);

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

/** What every request carries besides the cookie. */
export function headersOf(method: string): Record<string, string> {
  const headers: Record<string, string> = { Accept: "application/json, application/problem+json" };
  if (!SAFE.has(method) && credentials.csrf) headers["X-CSRF-Token"] = credentials.csrf;
  if (credentials.workspace) headers["X-Workspace"] = credentials.workspace;
  return headers;
}

const identify: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(headersOf(request.method))) request.headers.set(name, value);
  },
};

/** All requests go through here; the paths, parameters and bodies are those of the server's own document. */
export const client = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  querySerializer: { array: { style: "form", explode: false } },
});
client.use(identify);

interface Answer {
  data?: unknown;
  error?: unknown;
  response: Response;
}

/** The answer's content as T, which is the schema's type or a closer one of types.ts. Raises Problem; status 0 where no
 *  answer came. With `quiet` a 401 is an answer and not the end of the session. */
export async function content<T>(sent: Promise<Answer>, { quiet = false } = {}): Promise<T> {
  let answer: Answer;
  try {
    answer = await sent;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Problem(0, "no_answer", "");
  }
  const { response } = answer;
  if (response.ok) return answer.data as T;
  if (response.status === 401 && !quiet) onSignedOut();
  throw problemOf(response.status, answer.error, response.headers.get("X-Request-Id"));
}
