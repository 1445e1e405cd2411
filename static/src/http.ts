/** Requests to our own server for partials and writes. */

export class HttpError extends Error {
  constructor(
    readonly status: number,
    /** A sentence for people when the server gave one, else empty. */
    readonly sentence: string,
  ) {
    super(`HTTP ${status}`);
  }
}

const TIMEOUT_MS = 20_000;

/** Return the text of a partial. Throws HttpError for a refusal, TypeError or a DOMException when nothing came back. */
export async function getPartial(url: string): Promise<string> {
  return read(await request(url, { method: "GET" }));
}

/** Post form fields and return the answer's text. `keepalive` lets it outlive the page. */
export async function postForm(url: string, fields: Record<string, string>, keepalive = false): Promise<string> {
  const body = new URLSearchParams(fields);
  return read(await request(url, { method: "POST", body, keepalive, headers: { "X-CSRFToken": csrfToken() } }));
}

/** Return the JSON of an answer. */
export async function getJson<T>(url: string): Promise<T> {
  const response = await request(url, { method: "GET", headers: { Accept: "application/json" } });
  return JSON.parse(await read(response)) as T;
}

export function csrfToken(): string {
  return /(?:^|; )redress_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

function request(url: string, options: RequestInit): Promise<Response> {
  const headers = { "HX-Request": "true", ...options.headers };
  return fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(TIMEOUT_MS), ...options, headers });
}

async function read(response: Response): Promise<string> {
  const text = await response.text();
  if (response.ok) return text;
  if (response.status === 401)
    location.assign(`/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
  throw new HttpError(response.status, isSentence(response) ? text : "");
}

/** Refusals are plain text; error pages are not for a toast. */
function isSentence(response: Response): boolean {
  return (response.headers.get("Content-Type") ?? "").startsWith("text/plain");
}
