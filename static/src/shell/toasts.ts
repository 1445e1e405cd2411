/** `<rd-toasts>`: short news at the bottom right; at most three, six seconds, longer while somebody looks at them. */

import { find, stamp } from "../dom";

const SHOWN_MS = 6000;
const MOST = 3;

export class Toasts extends HTMLElement {
  show(text: string, undo?: () => void): void {
    const toast = stamp("tpl-toast");
    const words = find("[data-text]", toast);
    if (words) words.textContent = text;
    find("[data-close]", toast)?.addEventListener("click", () => toast.remove());
    const button = find("[data-undo]", toast);
    if (button && undo) {
      button.hidden = false;
      button.addEventListener("click", () => {
        toast.remove();
        undo();
      });
    }
    this.append(toast);
    while (this.children.length > MOST) this.firstElementChild?.remove();
    this.expire(toast, SHOWN_MS);
  }

  private expire(toast: HTMLElement, ms: number): void {
    setTimeout(() => {
      if (toast.matches(":hover, :focus-within")) this.expire(toast, 1000);
      else toast.remove();
    }, ms);
  }
}

customElements.define("rd-toasts", Toasts);

/** Say something in passing; `undo` adds a button. */
export function toast(text: string, undo?: () => void): void {
  find<Toasts>("rd-toasts")?.show(text, undo);
}
