/**
 * `<rd-mentions>`: colleagues above the composer while `@` is typed in a note. The field leads the list: what stands
 * behind the `@` narrows it, arrows choose, Enter or Tab writes the name, Escape closes.
 */

import { fold } from "../core/fold";
import { all, elements, find } from "../dom";
import { getPartial } from "../http";
import { composer } from "./composer";

export class Mentions extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
    this.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    const field = this.field;
    field?.setAttribute("aria-haspopup", "listbox");
    field?.setAttribute("aria-autocomplete", "list");
    field?.setAttribute("aria-controls", "mention-list");
    field?.addEventListener("keydown", this.onKey, true);
    field?.addEventListener("input", this.narrow);
    this.narrow();
  }

  disconnectedCallback(): void {
    const field = this.field;
    for (const name of ["haspopup", "autocomplete", "controls", "activedescendant"])
      field?.removeAttribute(`aria-${name}`);
    field?.removeEventListener("keydown", this.onKey, true);
    field?.removeEventListener("input", this.narrow);
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

  /** Show who fits; nobody left after a space means that it was no name. */
  private narrow = (): void => {
    const typed = composer()?.mention ?? null;
    if (typed === null) {
      this.remove();
      return;
    }
    const words = fold(typed).split(" ").filter(Boolean);
    for (const option of all('[role="option"]', this)) {
      const name = ` ${option.dataset.words ?? ""}`;
      option.hidden = !words.every((word) => name.includes(` ${word}`));
    }
    const fits = this.options;
    if (fits.length === 0 && /\s/.test(typed)) this.remove();
    const none = find("[data-none]", this);
    if (none) none.hidden = fits.length > 0;
    this.choose(fits[0] ?? null);
  };

  private choose(option: HTMLElement | null): void {
    for (const other of all('[role="option"]', this)) {
      other.classList.toggle("on", other === option);
      other.setAttribute("aria-selected", String(other === option));
    }
    if (option) this.field?.setAttribute("aria-activedescendant", option.id);
    else this.field?.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  private onClick = (event: Event): void => {
    const option = (event.target as Element).closest<HTMLElement>('[role="option"]');
    if (option) this.write(option);
  };

  private onKey = (event: KeyboardEvent): void => {
    const options = this.options;
    const at = options.indexOf(this.chosen ?? options[0] ?? this);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const takes = (event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey;
    if (by) this.choose(options[(at + by + options.length) % options.length] ?? null);
    else if (event.key === "Escape") this.remove();
    else if (takes && this.chosen) this.write(this.chosen);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private write(option: HTMLElement): void {
    this.remove();
    composer()?.name(option.dataset.name ?? "");
  }
}

customElements.define("rd-mentions", Mentions);

let wanted = "";

/** Open the list once per `@`: after Escape, or a name, it stays closed until the next one. */
async function open(): Promise<void> {
  const slot = find("#picker");
  const conversation = composer()?.conversation;
  if (!slot || !conversation || find("rd-mentions", slot) || wanted === conversation) return;
  wanted = conversation;
  try {
    const list = elements(await getPartial(`/inbox/${conversation}/mentions/`))[0];
    if (list && composer()?.conversation === conversation && composer()?.mention !== null) slot.replaceChildren(list);
  } catch {
    // A name can be written by hand: whoever is offline is not stopped by it.
  } finally {
    wanted = "";
  }
}

document.addEventListener("input", (event) => {
  if ((event.target as Element).matches("rd-composer textarea") && composer()?.mention === "") void open();
});
