/** `<rd-tags>`: the tags of a conversation, found by typing, given and taken by Enter or a click. */

import { all, find } from "../dom";
import { HttpError, postForm } from "../http";
import { say } from "../page";
import { toast } from "../shell/toasts";

export class Tags extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("input", this.onInput);
    this.addEventListener("keydown", this.onKey);
    this.addEventListener("click", this.onClick);
    this.activate(this.options[0] ?? null);
  }

  private get field(): HTMLInputElement | null {
    return find<HTMLInputElement>("input", this);
  }

  private get options(): HTMLElement[] {
    return all('[role="option"]', this).filter((option) => !option.hidden);
  }

  private get active(): HTMLElement | null {
    return find(".opt.on", this);
  }

  private activate(option: HTMLElement | null): void {
    for (const other of all('[role="option"]', this)) other.classList.toggle("on", other === option);
    this.field?.setAttribute("aria-activedescendant", option?.id ?? "");
    option?.scrollIntoView({ block: "nearest" });
  }

  private onInput = (): void => {
    const typed = this.field?.value.trim().toLowerCase() ?? "";
    for (const option of all('[role="option"]', this))
      option.hidden = !(option.dataset.tag ?? "").toLowerCase().includes(typed);
    const none = find("[data-none]", this);
    if (none) none.hidden = this.options.length > 0;
    this.activate(this.options[0] ?? null);
  };

  private onKey = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      const options = this.options;
      const at = options.indexOf(this.active ?? this);
      this.activate(options[(at + by + options.length) % options.length] ?? null);
    } else if (event.key === "Enter" && this.active) void this.toggleTag(this.active);
    else return;
    event.preventDefault();
  };

  private onClick = (event: Event): void => {
    const option = (event.target as Element).closest<HTMLElement>('[role="option"]');
    if (!option) return;
    this.activate(option);
    this.field?.focus();
    void this.toggleTag(option);
  };

  /** Shown at once, taken back when the server says no. */
  private async toggleTag(option: HTMLElement): Promise<void> {
    const isOn = option.getAttribute("aria-selected") !== "true";
    option.setAttribute("aria-selected", String(isOn));
    try {
      await postForm(this.dataset.url ?? "", { tag: option.dataset.tag ?? "", on: isOn ? "1" : "0" });
      document.dispatchEvent(new CustomEvent("rd:changed", { detail: this.dataset.conversation }));
    } catch (problem) {
      option.setAttribute("aria-selected", String(!isOn));
      toast((problem instanceof HttpError && problem.sentence) || say("failed"));
    }
  }
}

customElements.define("rd-tags", Tags);
