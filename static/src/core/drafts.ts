/** What was typed and not sent, kept in this browser until the server has it or it was sent. */

export type Mode = "reply" | "note";

export interface Draft {
  text: string;
  mode: Mode;
  /** Unix ms of the last keystroke. */
  at: number;
  /** Whether the server has this text. */
  saved: boolean;
}

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

const KEPT_MS = 30 * 24 * 3600 * 1000;

/** Drafts by conversation. `owner` keeps people who share a browser apart. */
export class Drafts {
  private readonly prefix: string;

  constructor(
    private readonly store: Store,
    owner: string,
  ) {
    this.prefix = `redress:draft:${owner}:`;
  }

  get(conversation: string): Draft | null {
    return readJson<Draft>(this.store, this.prefix + conversation);
  }

  /** Keep text; empty text forgets the draft. */
  put(conversation: string, text: string, mode: Mode, now: number): void {
    if (text.trim() === "") this.forget(conversation);
    else this.write(conversation, { text, mode, at: now, saved: false });
  }

  /** The server has this text. What was typed since stays unsaved. */
  markSaved(conversation: string, text: string): void {
    const draft = this.get(conversation);
    if (draft?.text === text) this.write(conversation, { ...draft, saved: true });
  }

  forget(conversation: string): void {
    this.store.removeItem(this.prefix + conversation);
  }

  /**
   * Return the draft to show: what this browser has and the server does not, else the server's. A browser's copy that
   * the server once had gives way, because the server's may have been written or sent on another device since.
   */
  choose(conversation: string, server: { text: string; mode: Mode }): { text: string; mode: Mode } {
    const mine = this.get(conversation);
    if (mine && !mine.saved && mine.text !== "") return { text: mine.text, mode: mine.mode };
    return server;
  }

  /** Forget what nobody came back to for 30 days. */
  sweep(now: number): void {
    for (const key of keysOf(this.store, this.prefix)) {
      const draft = readJson<Draft>(this.store, key);
      if (!draft || now - draft.at > KEPT_MS) this.store.removeItem(key);
    }
  }

  private write(conversation: string, draft: Draft): void {
    writeJson(this.store, this.prefix + conversation, draft);
  }
}

export function keysOf(store: Store, prefix: string): string[] {
  const keys = Array.from({ length: store.length }, (_unused, index) => store.key(index) ?? "");
  return keys.filter((key) => key.startsWith(prefix));
}

export function readJson<T>(store: Store, key: string): T | null {
  try {
    return JSON.parse(store.getItem(key) ?? "null") as T | null;
  } catch {
    return null; // somebody else's words under our key are as good as none
  }
}

/** Write a value; a full or forbidden store loses it, which the server's copy makes good. */
export function writeJson(store: Store, key: string, value: unknown): boolean {
  try {
    store.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
