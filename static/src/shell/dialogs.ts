/** Dialogs: opened by command or on arrival, closed by their buttons, Escape, or a click beside them. */

import { all, find } from "../dom";
import { on } from "./commands";

on("shortcuts", () => find<HTMLDialogElement>("#shortcuts")?.showModal());

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const dialog = target.closest("dialog");
  if (dialog && (target === dialog || target.closest("[data-dialog-close]"))) dialog.close();
});

document.addEventListener("htmx:afterSettle", () => {
  for (const dialog of all<HTMLDialogElement>("dialog[data-open-now]")) if (!dialog.open) dialog.showModal();
});
