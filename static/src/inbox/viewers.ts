/** `<rd-viewers>`: who else looks at this conversation, and who is writing. */

import type { Person } from "../core/frames";
import { all, find, stamp } from "../dom";
import { page, say } from "../page";

const TYPING_MS = 6000;
const MOST = 3;

interface Typing {
  conversation: string;
  person: Person;
  until: number;
}

let typing: Typing | null = null;
let customerTimer = 0;
const present = new Map<string, string>();
const drafting = new Map<string, Person>();

/** Return the first name of the colleague who is writing a reply there now, or null. */
export function typist(conversation: string): string | null {
  if (typing?.conversation !== conversation || Date.now() > typing.until) return null;
  return firstName(typing.person);
}

export class Viewers extends HTMLElement {
  private members: Person[] = [];

  /** The server says who had a draft when the page was made. */
  connectedCallback(): void {
    const { draftId, draftName } = this.dataset;
    if (draftId && draftName) drafting.set(this.conversation, { id: draftId, name: draftName });
    this.draw();
  }

  private get conversation(): string {
    return this.closest<HTMLElement>("[data-conversation]")?.dataset.conversation ?? "";
  }

  take(members: Person[]): void {
    this.members = members.filter((member) => member.id !== page.member);
    this.draw();
  }

  draw(): void {
    const conversation = this.conversation;
    const writer = typist(conversation);
    this.classList.toggle("typing-now", writer !== null);
    this.replaceChildren(...this.members.slice(0, MOST).map(avatar), this.words(conversation, writer));
  }

  private words(conversation: string, writer: string | null): HTMLElement {
    const draft = drafting.get(conversation);
    const [first] = this.members;
    let text = "";
    if (writer) text = say("typing_reply", { name: writer });
    else if (draft && draft.id !== page.member) text = say("has_draft", { name: firstName(draft) });
    else if (first && this.members.length === 1) text = say("viewing", { name: firstName(first) });
    else if (first) text = say("viewing_many", { n: this.members.length });
    return Object.assign(document.createElement("span"), { textContent: text, className: "ell" });
  }
}

/** A colleague writes a reply; it counts for six seconds after the last sign. */
export function takeTyping(conversation: string, person: Person): void {
  if (person.id === page.member) return;
  typing = { conversation, person, until: Date.now() + TYPING_MS };
  redraw();
  setTimeout(redraw, TYPING_MS + 50);
}

/** The customer writes, on a channel that tells; shown as long as a colleague's typing. */
export function takeCustomerTyping(conversation: string, person: Person): void {
  const place = find("#customer-typing");
  if (!place || place.closest<HTMLElement>("[data-conversation]")?.dataset.conversation !== conversation) return;
  const words = find("span", place);
  if (words) words.textContent = say("customer_types", { name: firstName(person) || say("customer") });
  place.hidden = false;
  clearTimeout(customerTimer);
  customerTimer = window.setTimeout(() => {
    place.hidden = true;
  }, TYPING_MS);
}

/** A colleague has, or no longer has, something unsent here. */
export function takeDraft(conversation: string, person: Person, isEmpty: boolean): void {
  if (isEmpty) drafting.delete(conversation);
  else drafting.set(conversation, person);
  redraw();
}

/** A member is online, away or gone. */
export function takePresence(member: string, state: string): void {
  present.set(member, state);
  showPresence();
}

/** Set the presence dots of everything on the page. */
export function showPresence(): void {
  for (const dot of all("[data-presence]")) {
    const state =
      present.get(dot.dataset.presence ?? "") ?? (dot.dataset.presence === page.member ? "online" : "offline");
    dot.classList.toggle("away", state === "away");
    dot.classList.toggle("off", state === "offline");
    dot.title = say(state === "away" ? "away" : state === "offline" ? "offline_state" : "online");
  }
  const own = find("[data-presence-word]");
  if (own) own.textContent = say(present.get(page.member) === "away" ? "away" : "available");
}

function redraw(): void {
  find<Viewers>("rd-viewers")?.draw();
}

function avatar(member: Person): HTMLElement {
  const element = stamp("tpl-viewer");
  const words = member.name.split(/\s+/).filter(Boolean);
  element.textContent = `${words[0]?.[0] ?? "?"}${words.length > 1 ? (words.at(-1)?.[0] ?? "") : ""}`.toUpperCase();
  element.title = member.name;
  return element;
}

function firstName(person: Person): string {
  return person.name.split(/\s+/)[0] || person.name;
}

customElements.define("rd-viewers", Viewers);
