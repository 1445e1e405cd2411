/** `<rd-templates>`: choose a template, fill its blanks, see it as the customer will, send it. */

import { all, elements, find, wire } from "../dom";
import { getPartial } from "../http";
import { say } from "../page";
import { on } from "../shell/commands";
import { toast } from "../shell/toasts";
import { composer } from "./composer";
import { send } from "./replies";

export class Templates extends HTMLElement {
  opener: HTMLElement | null = null;

  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
    this.addEventListener("input", this.onInput);
    this.addEventListener("keydown", this.onKey);
    this.addEventListener("submit", this.onSubmit);
    this.choose(this.options[0] ?? null);
    (find("[data-search]", this) ?? this).focus();
  }

  close(): void {
    this.remove();
    (this.opener ?? find("rd-composer textarea"))?.focus();
  }

  private get options(): HTMLElement[] {
    return all('[role="option"]', this).filter((option) => !option.hidden);
  }

  private get chosen(): HTMLElement | null {
    return find('[aria-selected="true"]', this);
  }

  private choose(option: HTMLElement | null): void {
    for (const other of all('[role="option"]', this)) {
      other.classList.toggle("on", other === option);
      other.setAttribute("aria-selected", String(other === option));
    }
    for (const form of all("form[data-card]", this)) {
      form.hidden = form.dataset.card !== option?.dataset.key;
      if (!form.hidden) this.check(form as HTMLFormElement);
    }
    if (option) find('[role="listbox"]', this)?.setAttribute("aria-activedescendant", option.id);
    option?.scrollIntoView({ block: "nearest" });
  }

  /** Show filled blanks in the preview and say which are empty. */
  private check(form: HTMLFormElement): string[] {
    const missing: string[] = [];
    for (const input of all<HTMLInputElement>("input", form)) {
      const value = input.value.trim();
      if (value === "") missing.push(input.dataset.label ?? input.name);
      for (const blank of all(`[data-blank="${input.name}"]`, form)) {
        blank.textContent = value || (blank.dataset.empty ?? "");
        blank.classList.toggle("miss", value === "");
      }
    }
    const line = find("[data-missing]", form);
    const words = line && find("[data-text]", line);
    if (line && words) {
      line.hidden = missing.length === 0;
      words.textContent = missing.length > 0 ? say("fill", { n: missing.length, names: missing.join(", ") }) : "";
    }
    find("[data-send-template]", form)?.setAttribute("aria-disabled", String(missing.length > 0));
    return missing;
  }

  private onClick = (event: Event): void => {
    const target = event.target as Element;
    if (target.closest("[data-close]")) this.close();
    const option = target.closest<HTMLElement>('[role="option"]');
    if (option) this.choose(option);
  };

  private onInput = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    if (input.matches("[data-search]")) this.search(input.value);
    else if (input.form) this.check(input.form);
  };

  private search(query: string): void {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    for (const option of all('[role="option"]', this)) {
      const about = (option.dataset.words ?? "").toLowerCase();
      option.hidden = !words.every((word) => about.includes(word));
    }
    const none = find("[data-none]", this);
    if (none) none.hidden = this.options.length > 0;
    if (!this.chosen || this.chosen.hidden) this.choose(this.options[0] ?? null);
  }

  private onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      this.close();
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const isList = (event.target as Element).matches('[data-search], [role="listbox"]');
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (isList && by) {
      const options = this.options;
      const at = options.indexOf(this.chosen ?? options[0] ?? this);
      this.choose(options[Math.max(0, Math.min(options.length - 1, at + by))] ?? null);
      event.preventDefault();
    } else if (isList && event.key === "Enter") {
      find<HTMLElement>("form[data-card]:not([hidden]) :is(input, button)", this)?.focus();
      event.preventDefault();
    }
  };

  private onSubmit = (event: Event): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    if (this.check(form).length > 0) {
      all<HTMLInputElement>("input", form)
        .find((input) => input.value.trim() === "")
        ?.focus();
      return;
    }
    const values = all<HTMLInputElement>("input", form).map((input) => [input.name, input.value.trim()] as const);
    const fields = {
      template: form.dataset.name ?? "",
      language: form.dataset.language ?? "",
      ...Object.fromEntries(values),
    };
    send(this.dataset.conversation ?? "", "reply", find("[data-preview]", form)?.innerText ?? "", fields);
    this.close();
  };
}

customElements.define("rd-templates", Templates);

async function openPicker(origin: HTMLElement | null): Promise<void> {
  const slot = find("#picker");
  const conversation = composer()?.conversation;
  if (!slot || !conversation) return;
  const open = find<Templates>("rd-templates", slot);
  if (open) {
    open.close();
    return;
  }
  try {
    const picker = elements(await getPartial(`/inbox/${conversation}/templates/`))[0] as Templates | undefined;
    if (!picker) return;
    picker.opener = origin?.isConnected && origin.matches("button") ? origin : null;
    slot.replaceChildren(picker);
    wire(picker);
  } catch {
    toast(say("failed"));
  }
}

on("template", (origin) => void openPicker(origin));
