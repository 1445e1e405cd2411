/** What somebody searched for lately, newest first, kept in this browser. */

import type { Store } from "./drafts";

const MOST = 6;

export class Recent {
  private readonly key: string;

  constructor(
    private readonly store: Store,
    owner: string,
  ) {
    this.key = `redress:${owner}:searches`;
  }

  all(): string[] {
    try {
      const kept: unknown = JSON.parse(this.store.getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
    } catch {
      return []; // somebody else wrote here
    }
  }

  /** Remember a search; one that only goes on typing another replaces it. */
  add(query: string): void {
    const text = query.trim();
    if (text === "") return;
    const others = this.all().filter((one) => !text.toLowerCase().startsWith(one.toLowerCase()));
    try {
      this.store.setItem(this.key, JSON.stringify([text, ...others].slice(0, MOST)));
    } catch {
      // a full or forbidden store only costs the list of recent searches
    }
  }
}
