/**
 * `<rd-slash>`: canned replies above the composer. The composer's field leads the list (a text area may not be called a
 * combobox): what stands after the slash narrows it, arrows choose, Enter or Tab inserts, Escape closes. A reply that lacks a value is not inserted.
 */

import { fold } from "../core/fold";
import { all, elements, find } from "../dom";
import { getPartial, postForm } from "../http";
import { say } from "../page";
import { on } from "../shell/commands";
import { toast } from "../shell/toasts";
import { composer } from "./composer";

export class Slash extends HTMLElement {
  private language = "";

  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
    this.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    const field = this.field;
    field?.setAttribute("aria-haspopup", "listbox");
    field?.setAttribute("aria-autocomplete", "list");
    field?.setAttribute("aria-controls", "slash-list");
    field?.addEventListener("keydown", this.onKey, true);
    field?.addEventListener("input", this.onInput);
    this.narrow();
  }

  disconnectedCallback(): void {
    const field = this.field;
    for (const name of ["aria-haspopup", "aria-autocomplete", "aria-controls", "aria-activedescendant"])
      field?.removeAttribute(name);
    field?.removeEventListener("keydown", this.onKey, true);
    field?.removeEventListener("input", this.onInput);
  }

  private get field(): HTMLTextAreaElement | null {
    return find<HTMLTextAreaElement>("rd-composer textarea");
  }

  private get options(): HTMLElement[] {
    return all('[role="option"]', this).filter((option) => !option.hidden);
  }

  private get chosen(): HTMLElement | null {
    return find('[aria-selected="true"]', this);
  }

  private onInput = (): void => {
    if (this.field?.value.startsWith("/")) this.narrow();
    else this.remove();
  };

  private narrow(): void {
    const typed = this.field?.value ?? "";
    const words = fold(typed).split(" ").filter(Boolean);
    for (const option of all('[role="option"]', this)) {
      const about = ` ${option.dataset.words ?? ""}`;
      option.hidden = !words.every((word) => about.includes(` ${word}`));
    }
    const shown = find("[data-typed]", this);
    if (shown) shown.textContent = typed;
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
    this.preview();
  }

  /** Show what the chosen reply says, in the chosen language or the customer's. */
  private preview(): void {
    for (const card of all("[data-card]", this)) card.hidden = true;
    const said = this.said;
    if (said) said.hidden = false;
    const languages = this.versions.map((version) => version.dataset.language);
    const group = find("[data-languages]", this);
    if (group) group.hidden = languages.length < 2;
    for (const button of all("[data-language]", group ?? this))
      if (button.matches("button"))
        button.setAttribute("aria-pressed", String(button.dataset.language === said?.dataset.language));
  }

  private get versions(): HTMLElement[] {
    const key = this.chosen?.dataset.key;
    return key ? all(`[data-card="${key}"]`, this) : [];
  }

  private get said(): HTMLElement | null {
    const versions = this.versions;
    return versions.find((version) => version.dataset.language === this.language) ?? versions[0] ?? null;
  }

  private onClick = (event: Event): void => {
    const target = event.target as Element;
    const language = target.closest<HTMLElement>("button[data-language]")?.dataset.language;
    if (language) {
      this.language = language;
      this.preview();
    }
    if (target.closest("[data-close]")) this.close();
    const option = target.closest<HTMLElement>('[role="option"]');
    if (option) {
      this.choose(option);
      this.insert();
    }
  };

  private close(): void {
    if (this.field?.value === "/") composer()?.fill("");
    this.remove();
  }

  private onKey = (event: KeyboardEvent): void => {
    const options = this.options;
    const at = options.indexOf(this.chosen ?? options[0] ?? this);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) this.choose(options[(at + by + options.length) % options.length] ?? null);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey && options.length > 0)
      this.insert();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Put the text into the composer, unless something in it is not known. */
  private insert(): void {
    const said = this.said;
    if (!said) return;
    if (said.dataset.missing) {
      toast(say("canned_missing", { names: said.dataset.missing }));
      return;
    }
    composer()?.fill(said.dataset.text ?? "");
    void postForm(`/settings/canned-replies/${said.dataset.card}/used/`, {}).catch(() => undefined); // only a count
    this.remove();
  }
}

customElements.define("rd-slash", Slash);

async function open(): Promise<void> {
  const slot = find("#picker");
  const conversation = composer()?.conversation;
  if (!slot || !conversation || find("rd-slash", slot)) return;
  try {
    const list = elements(await getPartial(`/inbox/${conversation}/canned/`))[0];
    if (list && composer()?.conversation === conversation && composer()?.isSlash) slot.replaceChildren(list);
  } catch {
    toast(say("failed"));
  }
}

/** From anywhere: write the slash into an empty composer, and what the palette has chosen behind it. */
on("canned", (origin) => {
  const place = composer();
  if (!place?.isEmpty) return;
  place.fill(`/${origin?.dataset.canned ?? ""}`);
  void open();
});

document.addEventListener("input", (event) => {
  if ((event.target as Element).matches("rd-composer textarea") && composer()?.isSlash) void open();
});
