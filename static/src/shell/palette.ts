/** `<rd-palette>`: Ctrl or Cmd K. People, messages, pages and commands by their words; all by keyboard. */

import { fold } from "../core/fold";
import { all, elements, find } from "../dom";
import { getPartial } from "../http";
import { has, on, run } from "./commands";

const WAIT_MS = 120;

export class Palette extends HTMLElement {
  private timer = 0;

  connectedCallback(): void {
    this.field?.addEventListener("input", () => this.narrow());
    this.addEventListener("keydown", this.onKey);
    this.addEventListener("click", this.onClick);
  }

  open(): void {
    if (this.field) this.field.value = "";
    find("[data-found]", this)?.replaceChildren();
    this.dialog?.showModal();
    this.field?.focus();
    this.narrow();
  }

  private get dialog(): HTMLDialogElement | null {
    return this.closest("dialog");
  }

  private get field(): HTMLInputElement | null {
    return find<HTMLInputElement>("input", this);
  }

  private get options(): HTMLElement[] {
    return all('[role="option"]', this).filter((option) => !option.hidden);
  }

  private get chosen(): HTMLElement | null {
    return find('[aria-selected="true"]', this);
  }

  /** Show the pages and commands that match now, and ask the server for what else does. */
  private narrow(): void {
    const query = this.field?.value ?? "";
    const words = fold(query).split(" ").filter(Boolean);
    for (const option of all("[data-words]", this)) {
      const about = ` ${fold(option.dataset.words ?? "")}`;
      const works = !option.dataset.run || has(option.dataset.run);
      option.hidden = !works || !words.every((word) => about.includes(` ${word}`));
    }
    this.settle();
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.look(query), WAIT_MS);
  }

  private async look(query: string): Promise<void> {
    const place = find("[data-found]", this);
    if (!place) return;
    try {
      const found = query.trim() ? elements(await getPartial(`/inbox/palette/?q=${encodeURIComponent(query)}`)) : [];
      if (query !== this.field?.value) return;
      place.replaceChildren(...found.filter((one) => !one.dataset.run || has(one.dataset.run)));
    } catch {
      place.replaceChildren(); // pages and commands still work
    }
    this.settle();
  }

  private settle(): void {
    for (const group of all('[role="group"]', this))
      group.hidden = !all('[role="option"]', group).some((option) => !option.hidden);
    const none = find("[data-none]", this);
    if (none) none.hidden = this.options.length > 0;
    this.choose(this.options[0] ?? null);
  }

  private choose(option: HTMLElement | null): void {
    for (const other of all('[role="option"]', this)) {
      other.classList.toggle("on", other === option);
      other.setAttribute("aria-selected", String(other === option));
    }
    if (option) this.field?.setAttribute("aria-activedescendant", option.id);
    else this.field?.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  private onKey = (event: KeyboardEvent): void => {
    const options = this.options;
    const at = options.indexOf(this.chosen ?? options[0] ?? this);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.choose(options[(at + by + options.length) % options.length] ?? null);
    else if (event.key === "Enter") this.take(this.chosen);
    else if (event.key === "Escape")
      this.dialog?.close(); // a search field would only be emptied
    else return;
    event.preventDefault();
  };

  private onClick = (event: Event): void => {
    const option = (event.target as Element).closest<HTMLElement>('[role="option"]');
    if (!option) return;
    event.preventDefault();
    this.take(option);
  };

  private take(option: HTMLElement | null): void {
    if (!option) return;
    this.dialog?.close();
    if (option.dataset.run) run(option.dataset.run, option);
    else location.assign(option.getAttribute("href") ?? "/");
  }
}

customElements.define("rd-palette", Palette);

on("palette", () => find<Palette>("rd-palette")?.open());
