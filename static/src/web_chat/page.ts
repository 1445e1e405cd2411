/** The chat page itself: draws the book, sends what is written, tells the site around it what it needs to know. */

import { sayWith } from "../core/words";
import { Book, type Waiting } from "./book";
import { Door, Refused, type Said } from "./door";
import { Line } from "./line";
import { lentStore, ownStore, type Store } from "./store";

const POLL_MS = 4000;
const TYPING_SHOWN_MS = 4000;
const TYPING_EVERY_MS = 2000;
const NEAR_BOTTOM_PX = 60;

export class ChatPage {
  private readonly say = sayWith(JSON.parse(document.getElementById("words")?.textContent ?? "{}"));
  private readonly book = new Book();
  private readonly store: Store;
  private readonly door: Door;
  private readonly line: Line;
  private readonly log: HTMLElement;
  private readonly form: HTMLFormElement;
  private readonly field: HTMLTextAreaElement;
  private readonly about: HTMLElement | null;
  private readonly hint: HTMLElement;
  private isShown = window.parent === window;
  private typedAt = 0;
  private typingTimer = 0;

  constructor(private readonly main: HTMLElement) {
    const base = main.dataset.base ?? "";
    this.store = storeFor(base);
    this.door = new Door(base, document.documentElement.lang, this.store);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.line = new Line(`${scheme}://${location.host}/ws${base}`, () => this.door.pass, {
      greeted: () => void this.catchUp(),
      message: (said) => this.hear([said]),
      typing: () => this.showTyping(),
      gap: () => void this.catchUp(),
      down: () => this.draw(),
    });
    this.log = this.part("[role=log]");
    this.form = this.part("form");
    this.field = this.part("textarea");
    this.hint = this.part("[data-hint]");
    this.about = main.querySelector("[data-about]");
  }

  start(): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.field.addEventListener("keydown", (event) => this.onKey(event));
    this.field.addEventListener("input", () => this.onInput());
    this.main.querySelector("[data-close]")?.addEventListener("click", () => tellSite({ redress: "close" }));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") tellSite({ redress: "close" });
    });
    window.addEventListener("message", (event) => {
      if (event.source === window.parent && event.data?.redress === "shown") this.told(event.data);
    });
    setInterval(() => {
      if (!this.line.isUp && this.door.isKnown) void this.catchUp();
    }, POLL_MS);
    tellSite({ redress: "ready" });
    if (this.door.isKnown) void this.comeBack();
  }

  private async comeBack(): Promise<void> {
    try {
      if (!(await this.door.visit({ opened: this.main.dataset.opened ?? "" }))) return;
      await this.catchUp();
      this.line.start();
    } catch (problem) {
      this.explain(problem);
    }
  }

  /** The site says whether the chat is open, and gives back what this browser would not let the page keep. */
  private told(said: { shown?: unknown; kept?: unknown }): void {
    if (this.store.take(said.kept) && this.door.isKnown) void this.comeBack();
    this.shown(said.shown === true);
  }

  private shown(isShown: boolean): void {
    this.isShown = isShown;
    if (!isShown) return;
    this.field.focus();
    this.log.scrollTop = this.log.scrollHeight;
    this.read();
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  private onInput(): void {
    if (Date.now() - this.typedAt < TYPING_EVERY_MS) return;
    if (this.line.typing()) this.typedAt = Date.now();
  }

  private async submit(): Promise<void> {
    const text = this.field.value.trim();
    if (!text) return;
    this.field.value = "";
    await this.send(this.book.send(crypto.randomUUID(), text));
    this.field.focus();
  }

  private async send(waiting: Waiting): Promise<void> {
    this.book.mark(waiting.clientId, "sending", "");
    this.draw(true);
    try {
      if (!this.door.isKnown) await this.door.visit(this.introduction());
      this.hear([await this.door.say(waiting.text, waiting.clientId)]);
      this.hint.textContent = "";
      if (this.about) this.about.hidden = true;
      tellSite({ redress: "talked" });
      this.line.start();
    } catch (problem) {
      this.book.mark(waiting.clientId, "failed", this.sentence(problem));
      this.draw(true);
    }
  }

  private introduction(): Record<string, string> {
    const given = Object.fromEntries(new FormData(this.form)) as Record<string, string>;
    const { name = "", email = "", website = "" } = given;
    return { name: name.trim(), email: email.trim(), website, opened: this.main.dataset.opened ?? "" };
  }

  private async catchUp(): Promise<void> {
    try {
      this.hear(await this.door.after(this.book.last));
      this.hint.textContent = "";
    } catch (problem) {
      this.explain(problem);
    }
  }

  private hear(messages: Said[]): void {
    const fresh = this.book.take(messages);
    if (!fresh.length) return;
    if (this.about) this.about.hidden = true;
    if (fresh.some((one) => one.from === "team")) {
      this.hideTyping();
      if (!this.isShown || document.hidden) void this.receipt("delivered");
    }
    this.draw();
    this.read();
  }

  /** Note the team's words as read when the visitor can see them; tell the site how many are not. */
  private read(): void {
    const newest = this.book.lastOfTeam;
    if (this.isShown && !document.hidden && newest > this.store.get("read")) {
      this.store.set("read", newest);
      void this.receipt("read");
    }
    tellSite({ redress: "unread", count: this.isShown ? 0 : this.book.unreadAfter(this.store.get("read")) });
  }

  private async receipt(status: "delivered" | "read"): Promise<void> {
    try {
      await this.door.receipt(this.book.lastOfTeam, status);
    } catch (problem) {
      this.explain(problem); // the next words bring the next receipt, which covers these
    }
  }

  private explain(problem: unknown): void {
    this.hint.textContent = this.sentence(problem);
  }

  private sentence(problem: unknown): string {
    return problem instanceof Refused && problem.sentence ? problem.sentence : this.say("offline");
  }

  private showTyping(): void {
    this.part("[data-typing]").hidden = false;
    clearTimeout(this.typingTimer);
    this.typingTimer = window.setTimeout(() => this.hideTyping(), TYPING_SHOWN_MS);
  }

  private hideTyping(): void {
    this.part("[data-typing]").hidden = true;
  }

  private draw(toBottom = false): void {
    const stick = toBottom || this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_BOTTOM_PX;
    const bubbles = this.book.messages.map((one) => this.bubble(one));
    this.part("[data-said]").replaceChildren(...bubbles, ...this.book.outgoing.map((one) => this.outgoing(one)));
    if (stick) this.log.scrollTop = this.log.scrollHeight;
  }

  private bubble(said: Said): HTMLElement {
    const at = new Date(said.sent_at);
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "numeric", minute: "2-digit" });
    const who = said.from === "you" ? this.say("you") : said.name || this.say("team");
    return bubble(said.from, said.text, `${who} · ${time.format(at)}`, said.id);
  }

  private outgoing(waiting: Waiting): HTMLElement {
    const line = waiting.state === "sending" ? this.say("sending") : waiting.reason;
    const made = bubble("you", waiting.text, line, waiting.clientId);
    made.classList.toggle("is-pending", waiting.state === "sending");
    if (waiting.state === "failed") {
      const again = document.createElement("button");
      again.type = "button";
      again.className = "link";
      again.textContent = this.say("again");
      again.addEventListener("click", () => void this.send(waiting));
      made.classList.add("is-failed");
      made.lastElementChild?.append(" ", again);
    }
    return made;
  }

  private part<T extends HTMLElement>(selector: string): T {
    const found = this.main.querySelector<T>(selector);
    if (!found) throw new Error(`The chat page has no ${selector}.`);
    return found;
  }
}

function bubble(from: Said["from"], text: string, line: string, id: string): HTMLElement {
  const made = document.createElement("div");
  const words = document.createElement("p");
  const meta = document.createElement("small");
  made.className = `say say--${from}`;
  made.dataset.id = id;
  words.textContent = text;
  meta.textContent = line;
  made.append(words, meta);
  return made;
}

/** Tell the page around the frame; it is no secret, and which sites that can be is the frame's policy. */
function tellSite(said: object): void {
  if (window.parent !== window) window.parent.postMessage(said, "*");
}

function storeFor(base: string): Store {
  try {
    return ownStore(`redress:${base}:`, localStorage);
  } catch {
    return lentStore((kept) => tellSite({ redress: "keep", kept }));
  }
}
