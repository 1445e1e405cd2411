/** Notifications outside the page: the browser is asked only when somebody switches them on. */

import { find } from "../dom";
import { say } from "../page";
import { toast } from "./toasts";

document.addEventListener("click", (event) => {
  const box = event.target as HTMLInputElement;
  if (!box.matches("[data-ask-popups]") || !box.checked) return;
  if (!("Notification" in window)) refuse(box);
  else if (Notification.permission !== "granted") void ask(box);
});

async function ask(box: HTMLInputElement): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") refuse(box);
}

function refuse(box: HTMLInputElement): void {
  const shown = find<HTMLInputElement>("[data-ask-popups]") ?? box; // the form may have been drawn again meanwhile
  shown.checked = false;
  shown.dispatchEvent(new Event("change", { bubbles: true }));
  toast(say("no_popups"));
}
