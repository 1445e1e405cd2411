/** What people do with the open conversation: keys press the buttons that are there; results show at once. */

import { find } from "../dom";
import { postForm } from "../http";
import { say } from "../page";
import { on } from "../shell/commands";
import type { Menu } from "../shell/menu";
import { toast } from "../shell/toasts";
import { composer } from "./composer";
import { onOpen, openConversation } from "./navigation";
import { refetchCounts, refetchRow, refetchStrip } from "./refetch";
import { showWaiting } from "./replies";

for (const key of ["resolve", "assign-me", "handoff"]) on(key, () => find(`#thread [data-key="${key}"]`)?.click());

on("reply", () => composer()?.write("reply"));
on("note", () => composer()?.write("note"));
on("send", () => composer()?.submit());
on("assign", () => {
  const menu = find<Menu>("#assign-menu");
  if (menu?.isOpen) menu.close();
  else menu?.open();
});

interface Detail {
  elt: HTMLElement;
  successful: boolean;
}

/** Applied at once, `.is-pending` until the server agrees; a refusal takes it back and says why (shell/requests). */
document.addEventListener("htmx:beforeRequest", (event) => mark((event as CustomEvent<Detail>).detail.elt, true));

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = (event as CustomEvent<Detail>).detail;
  if (!elt.matches("#thread form")) return;
  mark(elt, false);
  const conversation = openConversation();
  if (!successful || !conversation) return;
  refresh(conversation);
  const undo = elt.dataset.undo;
  if (undo) toast(say("resolved"), () => void takeBack(undo, conversation));
});

function mark(element: HTMLElement, isPending: boolean): void {
  if (!element.matches("#thread form")) return;
  find("#thread-head")?.classList.toggle("is-pending", isPending);
  find(".conv.on")?.classList.toggle("is-pending", isPending);
}

async function takeBack(url: string, conversation: string): Promise<void> {
  try {
    await postForm(url, {});
    refresh(conversation);
  } catch {
    toast(say("failed"));
  }
}

function refresh(conversation: string): void {
  refetchStrip(conversation);
  refetchRow(conversation);
  refetchCounts();
}

export function startActions(): void {
  onOpen((conversation) => {
    if (conversation) showWaiting(conversation);
  });
}
