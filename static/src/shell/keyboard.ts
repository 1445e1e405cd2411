/** Keys become commands. */

import { type Binding, Keymap } from "../core/keymap";
import { all, takesText } from "../dom";
import { on, run } from "./commands";

const table = JSON.parse(document.getElementById("shell-bindings")?.textContent ?? "[]") as Binding[];
const keymap = new Keymap(table, () => document.body.dataset.keys !== "off");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const press = {
    key: event.key,
    command: event.metaKey || event.ctrlKey,
    alt: event.altKey,
    shift: event.shiftKey,
    typing: takesText(event.target),
  };
  const command = keymap.read(press, Date.now());
  if (command && run(command, event.target as HTMLElement)) event.preventDefault();
});

on("go-inbox", () => location.assign("/inbox/"));
on("go-settings", () => location.assign("/settings/"));
on("go-unassigned", () => location.assign("/inbox/?view=unassigned"));

if (!/Mac|iPhone|iPad/.test(navigator.userAgent))
  for (const key of all("[data-command-key]")) key.textContent = key.textContent?.replace("⌘", "Ctrl ") ?? "";
