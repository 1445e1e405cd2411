/** Send later: the time chosen in the dialog goes to the composer; a time outside the window says what that means. */

import { find } from "../dom";
import { composer } from "./composer";

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!form.matches("[data-later]")) return;
  event.preventDefault();
  const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
  const field = find<HTMLInputElement>("input[type=datetime-local]", form);
  const at = button?.name === "send_at" ? button.value : field?.value;
  if (!at || (button?.name !== "send_at" && field?.checkValidity() === false)) {
    field?.reportValidity();
    field?.focus();
    return;
  }
  const cancels = find<HTMLInputElement>("[name=cancel_on_reply]", form)?.checked;
  form.closest("dialog")?.close();
  composer()?.submit({ send_at: at, cancel_on_reply: cancels ? "1" : "" });
});

document.addEventListener("input", (event) => {
  const field = event.target as HTMLInputElement;
  const end = field.dataset?.windowEnd;
  const warning = field.form && find("[data-outside]", field.form);
  if (end && warning) warning.hidden = field.value < end; // both are wall-clock times in the reader's zone
});
