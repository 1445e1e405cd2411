/** Replies and notes on their way out: shown at once, posted in order, kept over reloads and offline times. */

import { Drafts, type Mode } from "../core/drafts";
import { Outbox, type Outcome, type Reply } from "../core/outbox";
import { elements, find } from "../dom";
import { HttpError, postForm } from "../http";
import { page, say } from "../page";
import { toast } from "../shell/toasts";
import { openThread } from "./thread";

export const drafts = new Drafts(localStorage, page.owner);

const outbox = new Outbox(localStorage, page.owner, post, settled);

const SERVER_FAULT = 500;
const TOO_MANY = 429;

/** Send a reply or note. `fields` is what the server gets, `text` what the bubble shows meanwhile. */
export function send(conversation: string, mode: Mode, text: string, fields: Record<string, string>): void {
  const clientId = crypto.randomUUID();
  const reply: Reply = {
    clientId,
    conversation,
    mode,
    text,
    fields: { ...fields, client_id: clientId },
    at: Date.now(),
  };
  const thread = openThread();
  if (thread?.conversation === conversation) thread.addPending(clientId, text, mode === "note");
  if (!outbox.add(reply)) toast(say("not_kept"));
  announceWaiting();
}

/** Try again to send what waits, for example when the connection is back. */
export function flush(): void {
  void outbox.flush();
}

export function waitingCount(): number {
  return outbox.waiting().length;
}

/** Show what still waits in a conversation that was just opened. */
export function showWaiting(conversation: string): void {
  for (const reply of outbox.waiting(conversation))
    openThread()?.addPending(reply.clientId, reply.text, reply.mode === "note");
}

async function post(reply: Reply): Promise<Outcome> {
  const door = reply.mode === "note" ? "note" : "send";
  try {
    return { kind: "taken", html: await postForm(`/inbox/${reply.conversation}/${door}/`, reply.fields) };
  } catch (problem) {
    const isRefusal = problem instanceof HttpError && problem.status < SERVER_FAULT && problem.status !== TOO_MANY;
    if (!isRefusal || problem.status === 401) return { kind: "offline" };
    return { kind: "refused", text: problem.sentence || say("failed") };
  }
}

function settled(reply: Reply, outcome: Outcome): void {
  const thread = openThread();
  const isOpen = thread?.conversation === reply.conversation;
  if (outcome.kind === "taken" && isOpen) thread.take(elements(outcome.html));
  if (outcome.kind === "refused") {
    if (isOpen) thread.dropPending(reply.clientId);
    giveBack(reply, outcome.text, isOpen);
  }
  announceWaiting();
}

/** The rules said no: the text goes back to where it was written. */
function giveBack(reply: Reply, why: string, isOpen: boolean): void {
  const typed = reply.fields.text ?? "";
  if (isOpen) {
    find("rd-composer")?.dispatchEvent(
      new CustomEvent("rd:refused", { detail: { text: typed, mode: reply.mode, why } }),
    );
    return;
  }
  if (typed) drafts.put(reply.conversation, typed, reply.mode, Date.now());
  toast(why);
}

function announceWaiting(): void {
  document.dispatchEvent(new CustomEvent("rd:waiting", { detail: waitingCount() }));
}
