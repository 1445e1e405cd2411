/** Replies on their way from this browser to the server. Each has an id of its own, so sending one twice is harmless. */

import { keysOf, type Mode, readJson, type Store, writeJson } from "./drafts";

export interface Reply {
  clientId: string;
  conversation: string;
  mode: Mode;
  /** The form fields as they are posted. */
  fields: Record<string, string>;
  /** What the bubble shows meanwhile. */
  text: string;
  /** Unix ms; replies of one conversation leave in this order. */
  at: number;
}

/** What came of one post. `refused`: the rules said no, `text` is why. `offline`: nothing arrived, try again later. */
export type Outcome = { kind: "taken"; html: string } | { kind: "refused"; text: string } | { kind: "offline" };

export type Post = (reply: Reply) => Promise<Outcome>;

/** Replies survive a reload and leave one after the other; after "offline" everything waits for the next `flush`. */
export class Outbox {
  private readonly prefix: string;
  private running: Promise<void> | null = null;
  private again = false;

  constructor(
    private readonly store: Store,
    owner: string,
    private readonly post: Post,
    private readonly settled: (reply: Reply, outcome: Outcome) => void,
  ) {
    this.prefix = `redress:outbox:${owner}:`;
  }

  /** Replies that wait, oldest first. */
  waiting(conversation?: string): Reply[] {
    const all = keysOf(this.store, this.prefix).map((key) => readJson<Reply>(this.store, key));
    return all
      .filter((reply) => reply !== null)
      .filter((reply) => !conversation || reply.conversation === conversation)
      .sort((a, b) => a.at - b.at || a.clientId.localeCompare(b.clientId));
  }

  /** Keep a reply and try to send everything that waits. Returns false when the browser could not keep it. */
  add(reply: Reply): boolean {
    const kept = writeJson(this.store, this.prefix + reply.clientId, reply);
    void this.flush();
    return kept;
  }

  /** Send what waits, in order. Calls while it runs make it look once more at the end. */
  flush(): Promise<void> {
    this.again = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      for (const reply of this.waiting()) {
        const outcome = await this.post(reply);
        this.settled(reply, outcome);
        if (outcome.kind === "offline") return;
        this.store.removeItem(this.prefix + reply.clientId);
      }
    }
  }
}
