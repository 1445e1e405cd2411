/** A conversation counts as read when its newest message was on a visible, focused page. */

import { postForm } from "../http";
import { composer } from "./composer";
import { onOpen, openConversation } from "./navigation";
import { openThread } from "./thread";

const WAIT_MS = 400;

let unread = false;
let timer = 0;

function plan(): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void tell(), WAIT_MS);
}

async function tell(): Promise<void> {
  const conversation = openConversation();
  const thread = openThread();
  if (!unread || !conversation || !composer() || document.hidden || !document.hasFocus() || !thread?.isAtBottom) return;
  unread = false;
  try {
    await postForm(`/inbox/${conversation}/seen/`, {});
  } catch {
    unread = true; // the next sign of life tries again
  }
}

export function startSeen(): void {
  onOpen((conversation) => {
    unread = conversation !== null;
    plan();
    openThread()?.addEventListener("scroll", plan, { passive: true });
  });
  document.addEventListener("rd:came", () => {
    unread = true;
    plan();
  });
  window.addEventListener("focus", plan);
  document.addEventListener("visibilitychange", plan);
}
