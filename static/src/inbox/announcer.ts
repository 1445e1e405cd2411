/** Tells screen readers about new messages, at most once in two seconds. */

import { find } from "../dom";
import { say } from "../page";

const PAUSE_MS = 2000;

let waiting = 0;
let timer = 0;

export function announce(messages: number): void {
  waiting += messages;
  if (!timer) speak();
}

function speak(): void {
  timer = 0;
  if (waiting === 0) return;
  const place = find("#announcer");
  if (place) place.textContent = say("new_messages", { n: waiting });
  waiting = 0;
  timer = window.setTimeout(speak, PAUSE_MS);
}
