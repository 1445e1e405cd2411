/** The settings pages' own switches. */

import { say } from "../page";
import { remember } from "./cookies";
import { toast } from "./toasts";

document.addEventListener("change", (event) => {
  const box = event.target as HTMLInputElement;
  if (!box.matches("[data-keys-switch]")) return;
  remember("redress_keys", box.checked ? "on" : "off");
  document.body.dataset.keys = box.checked ? "on" : "off";
});

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("[data-copy]");
  if (!button) return;
  navigator.clipboard.writeText(button.dataset.copy ?? "").then(
    () => toast(say("copied")),
    () => toast(say("failed")),
  );
});
