/** Panes: which conversation is open, which pane a phone shows, what happens while one loads. */

import htmx from "htmx.org";
import { all, find, stamp } from "../dom";
import { on } from "../shell/commands";
import { remember } from "../shell/cookies";
import { tickAll } from "./clocks";
import type { List } from "./list";
import { showPresence } from "./viewers";

const SKELETON_MS = 200;
const WIDE = matchMedia("(min-width: 1241px)");

type Opened = (conversation: string | null) => void;

const listeners: Opened[] = [];
let skeleton = 0;

/** The id of the open conversation, or null. */
export function openConversation(): string | null {
  return find("#thread")?.dataset.conversation ?? null;
}

/** Call back whenever another conversation, or none, is on the page; also now. */
export function onOpen(listener: Opened): void {
  listeners.push(listener);
  listener(openConversation());
}

export function list(): List | null {
  return find<List>("rd-list");
}

/** The list's filters, as its partials take them. */
export function listQuery(): string {
  return find("#list")?.dataset.query ?? "";
}

function showPane(pane: string): void {
  document.body.dataset.pane = pane;
}

function arrived(target: Element): void {
  if (!target.matches("#panes, #thread")) {
    list()?.dedupe();
    return;
  }
  const conversation = openConversation();
  list()?.select(conversation);
  markView();
  tickAll();
  showPresence();
  showPane(conversation ? "thread" : "list");
  const title = find(conversation ? "#thread-head h2" : "#list h2")?.textContent?.trim() ?? "";
  const heading = find("#page-title");
  if (heading) heading.textContent = title;
  document.title = `${title} · Redress`;
  for (const listener of listeners) listener(conversation);
}

/** The sidebar stays while panes change; its marks follow the list. */
function markView(): void {
  const { view, channel, saved } = find("#list")?.dataset ?? {};
  for (const link of all(".side__views .nav")) {
    const isOn = isShown(link, saved, channel, view);
    link.classList.toggle("on", isOn);
    if (isOn) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function isShown(link: HTMLElement, saved?: string, channel?: string, view?: string): boolean {
  if (saved) return link.dataset.saved === saved;
  return channel ? link.dataset.channel === channel : link.dataset.view === view;
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { target } = (event as CustomEvent<{ target: Element }>).detail;
  if (target.id !== "thread") return;
  if (matchMedia("(max-width: 720px)").matches) showPane("thread");
  skeleton = window.setTimeout(() => target.replaceChildren(stamp("tpl-skeleton")), SKELETON_MS);
});

document.addEventListener("htmx:afterRequest", () => clearTimeout(skeleton));

for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, (event) => {
    const { target, requestConfig } = (event as CustomEvent<{ target: Element; requestConfig: { path: string } }>)
      .detail;
    if (!target.matches("#thread, #panes, .more")) return;
    const box = stamp("tpl-error");
    find("[data-try-again]", box)?.addEventListener("click", () => {
      box.remove();
      const swap = target.id === "panes" ? "innerHTML" : "outerHTML";
      void htmx.ajax("get", requestConfig.path, { target: target as HTMLElement, swap });
    });
    find("[role=alert]", target)?.closest(".netbar")?.remove();
    target.prepend(box);
  });
}

document.addEventListener("htmx:afterSettle", (event) => arrived(event.target as Element));
document.addEventListener("htmx:historyRestore", () => {
  const panes = find("#panes");
  if (panes) arrived(panes);
});

document.addEventListener("click", (event) => {
  const pane = (event.target as Element).closest<HTMLElement>("[data-go]")?.dataset.go;
  if (pane) showPane(pane);
});

on("next", () => list()?.step(1));
on("previous", () => list()?.step(-1));
on("toggle-list", () => togglePane("list"));
on("toggle-contact", () => {
  if (WIDE.matches) togglePane("ctx");
  else showPane(document.body.dataset.pane === "contact" ? "thread" : "contact");
});

function togglePane(name: "list" | "ctx"): void {
  const state = document.body.dataset[name] === "off" ? "on" : "off";
  document.body.dataset[name] = state;
  remember(`redress_${name}`, state);
}

on("escape", () => {
  if (document.body.dataset.pane === "contact") showPane("thread");
  else if (document.activeElement instanceof HTMLTextAreaElement) document.activeElement.blur();
  else if (openConversation() && document.body.dataset.pane === "thread") {
    showPane("list");
    find(".conv.on")?.focus();
  }
});
