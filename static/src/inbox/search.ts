/** `<rd-search>`: looks for people and messages as one types; the results stand where the list was. */

import { Recent } from "../core/recent";
import { all, elements, find, stamp, wire } from "../dom";
import { getPartial } from "../http";
import { page } from "../page";
import { on } from "../shell/commands";
import { listQuery, onOpen } from "./navigation";

const WAIT_MS = 120;

const recent = new Recent(localStorage, page.owner);

export class Search extends HTMLElement {
  private timer = 0;
  private asked = "";

  connectedCallback(): void {
    this.field?.addEventListener("input", this.onInput);
    this.field?.addEventListener("focus", () => this.showRecent());
    this.addEventListener("keydown", this.onKey);
    this.results?.addEventListener("keydown", this.onKey);
    this.results?.addEventListener("click", this.onClick);
    find("[data-find-clear]", this)?.addEventListener("click", () => this.clear());
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
  }

  focusField(): void {
    this.field?.focus();
    this.field?.select();
  }

  /** Mark the result whose conversation, and message, is open. */
  mark(): void {
    for (const hit of all("a[data-hit]", this.results ?? this))
      hit.classList.toggle("on", hit.getAttribute("href") === location.pathname + location.search);
  }

  private get field(): HTMLInputElement | null {
    return find<HTMLInputElement>("input", this);
  }

  private get results(): HTMLElement | null {
    return find("#found");
  }

  private onInput = (): void => {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(), WAIT_MS);
  };

  private async look(): Promise<void> {
    const query = this.field?.value.trim() ?? "";
    if (query === this.asked) return;
    this.asked = query;
    if (query === "") {
      this.showRecent();
      return;
    }
    this.setAttribute("aria-busy", "true");
    try {
      const html = await getPartial(`/inbox/search/?${listQuery()}&q=${encodeURIComponent(query)}`);
      if (query === this.asked) this.show(elements(html));
    } catch {
      if (query === this.asked) this.showProblem();
    } finally {
      this.removeAttribute("aria-busy");
    }
  }

  private show(content: HTMLElement[]): void {
    if (!this.results) return;
    this.results.replaceChildren(...content);
    wire(this.results);
    this.results.scrollTop = 0;
    this.toggle(true);
    this.mark();
  }

  private showProblem(): void {
    const box = stamp("tpl-error");
    find("[data-try-again]", box)?.addEventListener("click", () => {
      this.asked = "";
      void this.look();
    });
    this.show([box]);
  }

  private showRecent(): void {
    if (this.field?.value.trim()) return;
    const buttons = recent.all().map((query) => recentButton(query));
    if (buttons.length === 0) {
      this.toggle(false);
      return;
    }
    const title = document.createElement("h3");
    title.className = "found__h";
    title.textContent = this.results?.dataset.recentTitle ?? "";
    this.show([title, ...buttons]);
  }

  private toggle(isShown: boolean): void {
    if (this.results) this.results.hidden = !isShown;
    find("#list")?.classList.toggle("is-finding", isShown);
    const clear = find("[data-find-clear]", this);
    if (clear) clear.hidden = !isShown;
  }

  private clear(): void {
    if (this.field) this.field.value = "";
    this.asked = "";
    this.toggle(false);
    this.field?.focus();
  }

  private leave(): void {
    this.clear();
    this.field?.blur();
    find<HTMLElement>('.conv[tabindex="0"]')?.focus();
  }

  private onClick = (event: Event): void => {
    const hit = (event.target as Element).closest<HTMLElement>("[data-hit]");
    if (!hit) return;
    if (hit.matches("button") && this.field) {
      this.field.value = find("[data-text]", hit)?.textContent ?? "";
      this.field.focus();
      void this.look();
    } else recent.add(this.asked);
  };

  private onKey = (event: KeyboardEvent): void => {
    const hits = all("[data-hit]", this.results ?? this);
    const at = hits.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") this.leave();
    else if (event.key === "ArrowDown") hits[Math.min(hits.length - 1, at + 1)]?.focus();
    else if (event.key === "ArrowUp" && at > 0) hits[at - 1]?.focus();
    else if (event.key === "ArrowUp" && at === 0) this.field?.focus();
    else if (event.key === "Enter" && at < 0) hits[0]?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function recentButton(query: string): HTMLElement {
  const button = stamp("tpl-recent");
  const words = find("[data-text]", button);
  if (words) words.textContent = query;
  return button;
}

customElements.define("rd-search", Search);

on("find", () => find<Search>("rd-search")?.focusField());
onOpen(() => find<Search>("rd-search")?.mark());
