/**
 * `<rd-thread>`: the messages. Each is on the page once, by its id; new ones go to their place in time. The view
 * sticks to the bottom only when it is there already, else a pill says how many came.
 */

import { Ticks } from "../core/ticks";
import { all, elements, find, morph, stamp, wire } from "../dom";
import { getPartial } from "../http";
import { clockTime, dayOf, say } from "../page";

const AT_BOTTOM_PX = 24;

export class Thread extends HTMLElement {
  private unseen = 0;
  private loading = false;
  private readonly ticks = new Ticks();

  connectedCallback(): void {
    if (!this.showTarget()) this.toBottom();
    this.addEventListener("scroll", this.onScroll, { passive: true });
    this.pill?.addEventListener("click", () => void this.toNewest());
    this.showPill();
  }

  get conversation(): string {
    return this.dataset.conversation ?? "";
  }

  /** Whether the newest message is on the page; not so around a message that was looked up. */
  get isCurrent(): boolean {
    return this.log?.dataset.newer === undefined;
  }

  get isAtBottom(): boolean {
    return this.isCurrent && this.scrollHeight - this.scrollTop - this.clientHeight < AT_BOTTOM_PX;
  }

  toBottom(): void {
    this.scrollTop = this.scrollHeight;
    this.unseen = 0;
    this.showPill();
  }

  /** Go to the newest message, fetching it when the page shows an older part. */
  async toNewest(): Promise<void> {
    if (!this.isCurrent) {
      try {
        this.takePage(await getPartial(`/inbox/${this.conversation}/thread/`));
      } catch {
        return; // the pill stays, another click tries again
      }
    }
    this.toBottom();
  }

  /** Take messages as they are now, and return how many of them are new and not ours. */
  take(messages: HTMLElement[]): number {
    const stick = this.isAtBottom;
    const added = messages.filter((message) => this.put(message)).filter((message) => !message.matches(".out"));
    if (stick) this.toBottom();
    else this.unseen += added.length;
    this.showPill();
    return added.length;
  }

  /** Take the newest page after a gap: what overlaps is merged, what does not replaces everything. */
  takePage(html: string): void {
    const fresh = elements(html)[0];
    if (!fresh || !this.log) return;
    const messages = all("[data-id]", fresh);
    const wasCurrent = this.isCurrent;
    delete this.log.dataset.newer;
    const overlaps = messages.some((message) => document.getElementById(message.id));
    if (overlaps || messages.length === 0) {
      this.take(messages);
      return;
    }
    const pending = all(".is-pending", this.log);
    this.log.replaceWith(fresh);
    fresh.append(...pending);
    wire(fresh);
    if (!wasCurrent) this.dedupeDays();
    this.toBottom();
  }

  /** Show a reply at once, before the server has it. */
  addPending(clientId: string, text: string, isNote: boolean): void {
    if (find(`[data-client="${clientId}"]`, this)) return;
    const bubble = stamp(isNote ? "tpl-note" : "tpl-reply");
    bubble.dataset.client = clientId;
    bubble.dataset.at = new Date().toISOString();
    bubble.dataset.day = dayOf(new Date());
    const words = find("[data-text]", bubble);
    if (words) words.textContent = text;
    this.insert(bubble);
    void this.toNewest();
  }

  dropPending(clientId: string): void {
    find(`.is-pending[data-client="${clientId}"]`, this)?.remove();
  }

  /** Move a message's ticks on. Returns false when the message has to be fetched: it failed, or had failed. */
  tick(message: string, status: string): boolean {
    const furthest = this.ticks.take(message, status); // also for a message that is still on its way here
    const bubble = document.getElementById(`msg-${message}`);
    if (!bubble) return true;
    if (status === "failed" || !find(".ticks", bubble)) return false;
    this.draw(bubble, furthest);
    return true;
  }

  private draw(bubble: HTMLElement, status: string): void {
    const ticks = find(".ticks", bubble);
    if (!ticks || ticks.dataset.status === status) return;
    const fresh = stamp(`ticks-${status}`);
    const word = find(".word", fresh)?.textContent ?? "";
    fresh.title = [ticks.title, `${word} ${clockTime(new Date())}`].filter((line) => line !== "").join(" · ");
    ticks.replaceWith(fresh);
  }

  /** What was fetched may be older than a tick that came meanwhile. */
  private catchUp(message: HTMLElement): void {
    const id = message.dataset.id ?? "";
    const status = find(".ticks", message)?.dataset.status;
    if (message.matches(".failed")) this.ticks.forget(id);
    else if (status) this.draw(message, this.ticks.take(id, status));
  }

  private get log(): HTMLElement | null {
    return find("#msgs", this);
  }

  private get pill(): HTMLElement | null {
    return find("#new-messages");
  }

  /** Put one message in its place; returns whether it was not there before. */
  private put(message: HTMLElement): boolean {
    const old = document.getElementById(message.id);
    if (old) {
      const isMoved = old.dataset.at !== message.dataset.at; // a scheduled one stands at its time
      morph(old, message);
      if (isMoved) this.move(old);
      this.catchUp(old);
      return false;
    }
    const client = message.dataset.client;
    const pending = client ? find(`[data-client="${client}"]`, this) : null;
    pending?.remove();
    if (!this.isCurrent && this.isAfterAll(message)) return pending === null; // comes with its own page
    this.insert(message);
    this.catchUp(message);
    wire(message);
    return pending === null;
  }

  private move(message: HTMLElement): void {
    message.remove();
    this.insert(message);
    for (const mark of all(".day[data-day]", this))
      if (!find(`[data-at][data-day="${mark.dataset.day}"]`, this)) mark.remove();
  }

  private isAfterAll(message: HTMLElement): boolean {
    const last = all("[data-id]", this.log ?? this).at(-1);
    return last !== undefined && compare(last, message) < 0;
  }

  /** Scroll to the message the page was opened for, and mark it. */
  private showTarget(): boolean {
    const target = document.getElementById(`msg-${this.log?.dataset.target}`);
    if (!target) return false;
    target.classList.add("is-target");
    target.setAttribute("tabindex", "-1");
    target.scrollIntoView({ block: "center" });
    return true;
  }

  private insert(message: HTMLElement): void {
    const next = all("[data-at]", this.log ?? this).findLast((other) => compare(other, message) <= 0);
    const anchor = next ? next.nextElementSibling : (this.log?.firstElementChild ?? null);
    this.log?.insertBefore(message, anchor);
    this.markDay(message);
  }

  /** Every calendar day has one mark, before its first message. */
  private markDay(message: HTMLElement): void {
    const day = message.dataset.day ?? "";
    const known = find(`.day[data-day="${day}"]`, this);
    if (known && known.compareDocumentPosition(message) & Node.DOCUMENT_POSITION_FOLLOWING) return;
    known?.remove();
    const mark = document.createElement("div");
    mark.className = "day";
    mark.dataset.day = day;
    mark.append(Object.assign(document.createElement("span"), { textContent: dayWords(day) }));
    message.before(mark);
  }

  private onScroll = (): void => {
    if (this.isAtBottom && this.unseen > 0) this.toBottom();
    if (this.scrollTop < 400) void this.loadOlder();
    if (this.scrollHeight - this.scrollTop - this.clientHeight < 400) void this.loadNewer();
  };

  private async loadNewer(): Promise<void> {
    const newer = this.log?.dataset.newer;
    if (!newer || this.loading) return;
    this.loading = true;
    try {
      this.addNewer(await getPartial(newer));
    } catch {
      // the address is still there: scrolling on tries again
    } finally {
      this.loading = false;
    }
  }

  private addNewer(html: string): void {
    const fresh = elements(html)[0];
    if (!fresh || !this.log) return;
    if (fresh.dataset.newer) this.log.dataset.newer = fresh.dataset.newer;
    else delete this.log.dataset.newer;
    for (const child of [...fresh.children]) if (child.id && document.getElementById(child.id)) child.remove();
    const added = [...fresh.children] as HTMLElement[];
    this.log.append(...added);
    for (const message of added) wire(message);
    this.dedupeDays();
    this.showPill();
  }

  private async loadOlder(): Promise<void> {
    const older = this.log?.dataset.older;
    if (!older || this.loading) return;
    this.loading = true;
    try {
      this.addOlder(await getPartial(older));
    } catch {
      if (this.log) this.log.dataset.older = older; // scrolling on tries again
    } finally {
      this.loading = false;
    }
  }

  private addOlder(html: string): void {
    const fresh = elements(html)[0];
    if (!fresh || !this.log) return;
    if (fresh.dataset.older) this.log.dataset.older = fresh.dataset.older;
    else delete this.log.dataset.older;
    const before = this.scrollHeight - this.scrollTop;
    for (const child of [...fresh.children]) if (child.id && document.getElementById(child.id)) child.remove();
    const added = [...fresh.children] as HTMLElement[];
    this.log.prepend(...added);
    for (const message of added) wire(message);
    this.dedupeDays();
    this.scrollTop = this.scrollHeight - before;
  }

  private dedupeDays(): void {
    const seen = new Set<string>();
    for (const mark of all(".day", this)) {
      const day = mark.dataset.day ?? "";
      if (seen.has(day)) mark.remove();
      seen.add(day);
    }
  }

  private showPill(): void {
    if (!this.pill) return;
    this.pill.hidden = this.unseen === 0 && this.isCurrent;
    this.pill.textContent = this.unseen > 0 ? say("new_messages", { n: this.unseen }) : say("to_newest");
  }
}

/** Oldest first; messages of one instant by id, which sorts by creation. */
function compare(a: HTMLElement, b: HTMLElement): number {
  const byTime = Date.parse(a.dataset.at ?? "") - Date.parse(b.dataset.at ?? "");
  return byTime || (a.dataset.id ?? "~").localeCompare(b.dataset.id ?? "~");
}

function dayWords(day: string): string {
  const now = Date.now();
  if (day === dayOf(new Date(now))) return say("today");
  if (day === dayOf(new Date(now - 24 * 3600 * 1000))) return say("yesterday");
  const options: Intl.DateTimeFormatOptions = { dateStyle: "long", timeZone: "UTC" };
  return new Intl.DateTimeFormat(document.documentElement.lang, options).format(new Date(`${day}T00:00:00Z`));
}

customElements.define("rd-thread", Thread);

export function openThread(): Thread | null {
  return find<Thread>("rd-thread");
}
