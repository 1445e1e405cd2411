/** What was said, in order and once, whatever way and how often it came. Pure. */

import type { Said } from "./door";

export interface Waiting {
  clientId: string;
  text: string;
  state: "sending" | "failed";
  reason: string;
}

export class Book {
  private readonly said = new Map<string, Said>();
  private waiting: Waiting[] = [];

  /** Take messages of the server; tells which were news. */
  take(messages: readonly Said[]): Said[] {
    const fresh = messages.filter((one) => !this.said.has(one.id));
    for (const one of fresh) this.said.set(one.id, one);
    const done = new Set(fresh.map((one) => one.client_id));
    this.waiting = this.waiting.filter((one) => !done.has(one.clientId));
    return fresh;
  }

  /** Put down what is on its way. */
  send(clientId: string, text: string): Waiting {
    const one: Waiting = { clientId, text, state: "sending", reason: "" };
    this.waiting.push(one);
    return one;
  }

  mark(clientId: string, state: Waiting["state"], reason: string): void {
    this.waiting = this.waiting.map((one) => (one.clientId === clientId ? { ...one, state, reason } : one));
  }

  /** The newest id, from which on the server is asked; ids are in the order of creation. */
  get last(): string {
    return [...this.said.keys()].reduce((newest, id) => (id > newest ? id : newest), "");
  }

  /** The newest id of the team's words, empty when there are none. */
  get lastOfTeam(): string {
    const theirs = this.messages.filter((one) => one.from === "team");
    return theirs.at(-1)?.id ?? "";
  }

  get messages(): Said[] {
    return [...this.said.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  get outgoing(): readonly Waiting[] {
    return this.waiting;
  }

  /** How many of the team's words came after `id`. */
  unreadAfter(id: string): number {
    return this.messages.filter((one) => one.from === "team" && one.id > id).length;
  }
}
