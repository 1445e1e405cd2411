/** `<rd-menu>`: a button and a popover of choices, by mouse and keyboard; the focus goes back to the button. */

import { all, find } from "../dom";

export class Menu extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
    this.addEventListener("keydown", this.onKey);
    this.addEventListener("focusout", this.onLeave);
  }

  private get button(): HTMLElement | null {
    return find("[aria-haspopup]", this);
  }

  private get pop(): HTMLElement | null {
    return find('[role="menu"]', this);
  }

  /** The choices that are on screen: some are only for phones. */
  private get items(): HTMLElement[] {
    return all(".opt", this.pop ?? this).filter((item) => item.getClientRects().length > 0);
  }

  get isOpen(): boolean {
    return this.pop?.hidden === false;
  }

  open(): void {
    if (!this.pop) return;
    this.pop.hidden = false;
    this.button?.setAttribute("aria-expanded", "true");
    (this.items.find((item) => item.classList.contains("on")) ?? this.items[0])?.focus();
  }

  close(refocus = true): void {
    if (!this.isOpen || !this.pop) return;
    this.pop.hidden = true;
    this.button?.setAttribute("aria-expanded", "false");
    if (refocus) this.button?.focus();
  }

  private onClick = (event: Event): void => {
    const target = event.target as Element;
    if (target.closest("[aria-haspopup]")) {
      event.stopPropagation();
      if (this.isOpen) this.close();
      else this.open();
    } else if (target.closest(".opt")) {
      setTimeout(() => this.close()); // first the form takes note of which button it was
    }
  };

  private onKey = (event: KeyboardEvent): void => {
    if (!this.isOpen) return;
    const items = this.items;
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      items[(to + items.length) % items.length]?.focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      this.close();
      event.stopPropagation();
    }
  };

  private onLeave = (event: FocusEvent): void => {
    if (event.relatedTarget && !this.contains(event.relatedTarget as Node)) this.close(false);
  };
}

customElements.define("rd-menu", Menu);

document.addEventListener("click", (event) => {
  for (const menu of all<Menu>("rd-menu")) if (!menu.contains(event.target as Node)) menu.close(false);
});
