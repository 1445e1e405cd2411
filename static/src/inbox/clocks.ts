/** Elements that show time passing. One timer moves them all. */

import { ago, due, windowLeft } from "../core/times";
import { all, find } from "../dom";
import { clockTime, say } from "../page";

interface Ticking extends HTMLElement {
  tick(now: number): void;
}

const ROUND_RING = 50.3;

/** `<rd-time at>`: "4 min" since. */
class Since extends HTMLElement implements Ticking {
  tick(now: number): void {
    setText(this, ago(at(this, "at") ?? now, now, say));
  }
}

/** `<rd-due at>`: a reply clock as a pill, or plain words inside a sentence. */
class Due extends HTMLElement implements Ticking {
  tick(now: number): void {
    const { state, text } = due(at(this, "at") ?? now, now, say);
    setText(find("span", this), text);
    if (!this.classList.contains("pill")) return;
    this.classList.toggle("pill--danger", state === "late");
    this.classList.toggle("pill--warn", state === "soon");
    this.classList.toggle("pill--line", state === "ok");
  }
}

/** `<rd-clock zone>`: the time somewhere else. */
class Clock extends HTMLElement implements Ticking {
  tick(now: number): void {
    setText(this, clockTime(new Date(now), this.getAttribute("zone") ?? "UTC"));
  }
}

/** `<rd-window expires>`: what is left of the 24 hours; tells the page when its state changes. */
class WindowLeft extends HTMLElement implements Ticking {
  static observedAttributes = ["expires"];

  attributeChangedCallback(): void {
    this.tick(Date.now());
  }

  tick(now: number): void {
    const { state, share, text } = windowLeft(at(this, "expires"), now, say);
    setText(find("[data-left]", this), text);
    toggle(find("[data-open]", this), state !== "closed");
    toggle(find("[data-closed]", this), state === "closed");
    find("circle + circle", this)?.setAttribute("stroke-dashoffset", String(ROUND_RING * (1 - share)));
    this.dataset.state = state;
    this.dispatchEvent(new CustomEvent("rd:window", { bubbles: true, detail: state }));
  }
}

function at(element: Element, name: string): number | null {
  const time = Date.parse(element.getAttribute(name) ?? "");
  return Number.isNaN(time) ? null : time;
}

function setText(element: Element | null, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

function toggle(element: HTMLElement | null, isShown: boolean): void {
  if (element) element.hidden = !isShown;
}

customElements.define("rd-time", Since);
customElements.define("rd-due", Due);
customElements.define("rd-clock", Clock);
customElements.define("rd-window", WindowLeft);

/** Bring every clock of the page up to now. */
export function tickAll(): void {
  for (const element of all<Ticking>("rd-time, rd-due, rd-clock, rd-window")) element.tick(Date.now());
}

setInterval(tickAll, 10_000);
