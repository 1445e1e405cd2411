/**
 * `<rd-list>`: the conversations. Rows change in place; a row that belongs further up moves only when nobody is
 * reading the list, else it waits behind the "3 new" pill.
 */

import { all, find, morph, wire } from "../dom";
import { say } from "../page";

const READING_MS = 1500;
const AT_TOP_PX = 8;

export class List extends HTMLElement {
  private waiting = new Map<string, HTMLElement>();
  private touchedAt = Number.NEGATIVE_INFINITY;
  private timer = 0;

  connectedCallback(): void {
    for (const kind of ["pointermove", "pointerdown", "keydown", "wheel"])
      this.addEventListener(kind, this.onTouch, { passive: true });
    this.addEventListener("scroll", () => this.settle(), { passive: true });
    this.pill?.addEventListener("click", this.onPill);
    this.timer = window.setInterval(() => this.settle(), 500);
    this.rove(find(".conv.on", this) ?? find(".conv", this));
  }

  disconnectedCallback(): void {
    clearInterval(this.timer);
  }

  get rows(): HTMLElement[] {
    return all("#rows > [data-id]", this);
  }

  /** Take rows as they are now. `asked` are the ids that were asked for: the ones that did not come have left. */
  take(rows: HTMLElement[], asked: string[]): void {
    const came = new Set(rows.map((row) => row.dataset.id ?? ""));
    for (const id of asked) if (!came.has(id)) this.drop(id);
    for (const row of rows) this.put(row);
    this.settle();
    this.refreshEmpty();
    document.dispatchEvent(new CustomEvent("rd:rows"));
  }

  /** Mark the row of the open conversation. */
  select(conversation: string | null): void {
    for (const row of this.rows) {
      const link = find("a", row);
      const isOpen = row.dataset.id === conversation;
      link?.classList.toggle("on", isOpen);
      if (isOpen) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
    }
    this.rove(find<HTMLElement>(".conv.on", this));
  }

  /** Move the focus by rows: from the one that has it, else from the open conversation, else to the first. */
  step(by: number): void {
    const links = all(".conv", this);
    const focused = links.indexOf(document.activeElement as HTMLElement);
    const from = focused >= 0 ? focused : links.findIndex((link) => link.classList.contains("on"));
    const to = links[Math.min(links.length - 1, Math.max(0, from + by))];
    this.rove(to ?? null);
    to?.focus();
  }

  /** Forget second copies that a page loaded by scrolling brought, and hide what is in the list already. */
  dedupe(): void {
    const seen = new Set<string>();
    for (const row of this.rows) {
      if (seen.has(row.id)) row.remove();
      seen.add(row.id);
    }
    this.rove(find(".conv.on", this) ?? find(".conv", this));
  }

  private get pill(): HTMLElement | null {
    return find("#new-rows");
  }

  private rove(link: HTMLElement | null): void {
    if (!link) return;
    for (const other of all(".conv", this)) other.tabIndex = -1;
    link.tabIndex = 0;
  }

  private put(row: HTMLElement): void {
    const id = row.dataset.id ?? "";
    const old = document.getElementById(row.id);
    if (!old) {
      if (this.isInRange(row)) this.waiting.set(id, row);
      return;
    }
    if (Number(old.dataset.version) > Number(row.dataset.version)) return;
    const moves = row.dataset.at !== old.dataset.at && this.placeOf(row) !== old.nextElementSibling;
    this.keepMarks(old, row);
    morph(old, row);
    if (moves) this.waiting.set(id, old);
  }

  /** Selection and tab stop belong to this page, not to the server. */
  private keepMarks(old: HTMLElement, row: HTMLElement): void {
    const [was, is] = [find("a", old), find("a", row)];
    if (!was || !is) return;
    is.tabIndex = was.tabIndex;
    is.classList.toggle("on", was.classList.contains("on"));
    if (was.hasAttribute("aria-current")) is.setAttribute("aria-current", "true");
    else is.removeAttribute("aria-current");
  }

  private drop(id: string): void {
    this.waiting.delete(id);
    document.getElementById(`conv-${id}`)?.remove();
  }

  /** A row older than everything loaded comes with its own page. */
  private isInRange(row: HTMLElement): boolean {
    const last = this.rows.at(-1);
    return !find("#rows > .more", this) || !last || compare(row, last) < 0;
  }

  /** The first row that comes after this one, or what closes the list. */
  private placeOf(row: HTMLElement): Element | null {
    const next = this.rows.find((other) => other.dataset.id !== row.dataset.id && compare(row, other) < 0);
    return next ?? find("#rows > .more", this);
  }

  private onTouch = (): void => {
    this.touchedAt = Date.now();
  };

  private get isBeingRead(): boolean {
    return this.scrollTop > AT_TOP_PX || Date.now() - this.touchedAt < READING_MS;
  }

  private settle(): void {
    if (this.waiting.size > 0 && !this.isBeingRead) this.release();
    this.showPill();
  }

  private release(): void {
    for (const row of this.waiting.values()) {
      const focused = row.contains(document.activeElement) ? (document.activeElement as HTMLElement) : null;
      const isNew = !row.isConnected;
      find("#rows", this)?.insertBefore(row, this.placeOf(row));
      if (isNew) wire(row);
      focused?.focus({ preventScroll: true });
    }
    this.waiting.clear();
    this.refreshEmpty();
  }

  private showPill(): void {
    if (!this.pill) return;
    this.pill.hidden = this.waiting.size === 0;
    this.pill.textContent = this.waiting.size > 0 ? say("new_rows", { n: this.waiting.size }) : "";
  }

  private onPill = (): void => {
    this.scrollTop = 0;
    this.release();
    this.showPill();
  };

  private refreshEmpty(): void {
    if (!find('.conv[tabindex="0"]', this)) this.rove(find(".conv", this));
    const empty = find("#list-empty", this);
    if (empty) empty.hidden = this.rows.length > 0;
  }
}

/** Newest first, as the server sorts. */
function compare(a: HTMLElement, b: HTMLElement): number {
  const byTime = Date.parse(b.dataset.at ?? "") - Date.parse(a.dataset.at ?? "");
  return byTime || (b.dataset.id ?? "").localeCompare(a.dataset.id ?? "");
}

customElements.define("rd-list", List);
