/** What people do with the open conversation: keys press the buttons that are there; results show at once. */

import htmx from "htmx.org";
import { find } from "../dom";
import { postForm } from "../http";
import { say } from "../page";
import { on } from "../shell/commands";
import type { Menu } from "../shell/menu";
import { toast } from "../shell/toasts";
import { composer } from "./composer";
import "./later";
import { onOpen, openConversation } from "./navigation";
import { refetchCounts, refetchRow, refetchStrip } from "./refetch";
import { showWaiting } from "./replies";

const ACTS = "#thread form, dialog form[data-acts]";

for (const key of ["resolve", "assign-me", "handoff"]) on(key, () => find(`#thread [data-key="${key}"]`)?.click());

on("reply", () => composer()?.write("reply"));
on("note", () => composer()?.write("note"));
on("send", () => composer()?.submit());
for (const name of ["snooze", "tags"]) on(name, () => void openDialog(name));
on("later", () => {
  if (composer()?.canWait) void openDialog("later");
  else composer()?.write("reply");
});
on("assign", () => {
  const menu = find<Menu>("#assign-menu");
  if (menu?.isOpen) menu.close();
  else menu?.open();
});

/** Dialogs of the open conversation come from the server, so that what they offer is of now. */
async function openDialog(name: string): Promise<void> {
  const conversation = openConversation();
  if (!conversation || !composer()) return;
  await htmx.ajax("get", `/inbox/${conversation}/${name}/`, { target: "#dialog-slot", swap: "innerHTML" });
}

interface Detail {
  elt: HTMLElement;
  successful: boolean;
}

/** Applied at once, `.is-pending` until the server agrees; a refusal takes it back and says why (shell/requests). */
document.addEventListener("htmx:beforeRequest", (event) => mark((event as CustomEvent<Detail>).detail.elt, true));

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = (event as CustomEvent<Detail>).detail;
  if (!elt.matches(ACTS)) return;
  mark(elt, false);
  const conversation = openConversation();
  if (!successful || !conversation) return;
  elt.closest("dialog")?.close();
  refresh(conversation);
  const undo = elt.dataset.undo;
  if (undo) toast(say("resolved"), () => void takeBack(undo, conversation));
});

function mark(element: HTMLElement, isPending: boolean): void {
  if (!element.matches(ACTS)) return;
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

document.addEventListener("rd:changed", (event) => refresh((event as CustomEvent<string>).detail));

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
