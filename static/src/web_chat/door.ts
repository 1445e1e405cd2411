/** What the chat page asks the server, and the token it shows. */

import type { Store } from "./store";

export interface Said {
  id: string;
  client_id: string | null;
  from: "you" | "team";
  name: string;
  text: string;
  sent_at: string;
}

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly sentence: string,
    readonly retryAfterS: number,
  ) {
    super(`HTTP ${status}`);
  }
}

const TIMEOUT_MS = 15_000;

export class Door {
  constructor(
    private readonly base: string,
    private readonly language: string,
    private readonly store: Store,
  ) {}

  /** The token for the live line; empty before the first visit. */
  get pass(): string {
    return this.store.get("token");
  }

  get isKnown(): boolean {
    return this.pass !== "";
  }

  /** Begin a visit, or come back; tells whether anything was said in earlier ones. */
  async visit(about: Record<string, string>): Promise<boolean> {
    const body = { ...about, token: this.pass, language: this.language };
    const answer = await this.ask<{ token: string; has_talked: boolean }>("POST", "visits/", body);
    this.store.set("token", answer.token);
    return answer.has_talked;
  }

  async after(last: string): Promise<Said[]> {
    const query = last ? `after=${encodeURIComponent(last)}` : "";
    return (await this.ask<{ messages: Said[] }>("GET", `messages/?${query}`)).messages;
  }

  async say(text: string, clientId: string): Promise<Said> {
    return (await this.ask<{ message: Said }>("POST", "messages/", { text, client_id: clientId })).message;
  }

  async receipt(upto: string, status: "delivered" | "read"): Promise<void> {
    await this.ask("POST", "receipts/", { upto, status });
  }

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const joint = path.includes("?") ? "&" : "?";
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (this.isKnown) headers.Authorization = `Visitor ${this.pass}`;
    const response = await fetch(`${this.base}${path}${joint}lang=${this.language}`, {
      method,
      headers,
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const answer = (await response.json()) as T & { error?: { message?: string } };
    if (response.ok) return answer;
    throw new Refused(response.status, answer.error?.message ?? "", Number(response.headers.get("Retry-After") ?? 0));
  }
}
