/** Keeps the page as it is on the server: frames in, refetches and small changes out; resumes, polls, says offline. */

import { type Effect, effectsOf, effectsOfEvent, type Frame } from "../core/frames";
import { bannerText, isBlocked, type Network } from "../core/network";
import { Sequence } from "../core/sequence";
import { find } from "../dom";
import { say } from "../page";
import { showCounts } from "../shell/counts";
import { toast } from "../shell/toasts";
import { onOpen, openConversation } from "./navigation";
import { takeTold } from "./notifications";
import { type PolledEvent, Poller } from "./polling";
import { pace, refetchAll, refetchCounts, refetchMessage, refetchRow, refetchStrip, retryAll } from "./refetch";
import { flush, waitingCount } from "./replies";
import { LiveSocket } from "./socket";
import { openThread } from "./thread";
import { takeCustomerTyping, takeDraft, takePresence, takeTyping, type Viewers } from "./viewers";

const PRESENCE_MS = 20_000;
const AWAY_MS = 5 * 60_000;
const RELOADED = "redress:reloaded";
const RELOAD_MS = 60_000;

const sequence = new Sequence(Number(document.body.dataset.seq ?? 0));
let joined: string | null = null;
let resuming = false;
let activeAt = Date.now();
const network: Network = { failures: 0, isReached: true };

const socket = new LiveSocket(address(), { frame: onFrame, state: onState, refused: onRefused });
const poller = new Poller(() => sequence.upto, { events: onPolled, reached: onReached });

function address(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/inbox/`;
}

function onFrame(frame: Frame): void {
  if (frame.type === "seq" && typeof frame.seq === "number") {
    sequence.settle(frame.seq); // the server sends every fact once and in order: all up to here is known
    return;
  }
  for (const effect of effectsOf(frame)) apply(effect);
}

function apply(effect: Effect): void {
  switch (effect.do) {
    case "row":
      refetchRow(effect.conversation);
      break;
    case "message":
      refetchMessage(effect.conversation, effect.message);
      break;
    case "strip":
      refetchStrip(effect.conversation);
      break;
    case "tick":
      tick(effect);
      break;
    case "typing":
      takeTyping(effect.conversation, effect.who);
      break;
    case "customer_typing":
      takeCustomerTyping(effect.conversation, effect.who);
      break;
    case "viewers":
      if (effect.conversation === openConversation()) find<Viewers>("rd-viewers")?.take(effect.members);
      break;
    case "draft":
      takeDraft(effect.conversation, effect.who, effect.empty);
      break;
    case "presence":
      takePresence(effect.member, effect.state);
      break;
    case "counts":
      showCounts(effect.counts);
      break;
    case "notice":
      toast(effect.text);
      break;
    case "told":
      takeTold(effect.told);
      break;
    case "told_read":
      refetchCounts();
      break;
    case "greeted":
      greet();
      break;
    case "settled":
      sequence.settle(effect.seq);
      break;
    case "resumed":
      resumed(effect.seq);
      break;
    case "gap":
      gap(effect.to);
      break;
    case "latency":
      measure(effect.sentAt);
      if (sequence.isBehind(effect.head, Date.now())) resume();
  }
}

function measure(sentAt: number): void {
  socket.rttMs = Math.max(0, Date.now() - sentAt);
  pace.take(socket.rttMs);
}

function tick(effect: Extract<Effect, { do: "tick" }>): void {
  const thread = openThread();
  if (thread?.conversation !== effect.conversation) return;
  if (!thread.tick(effect.message, effect.status)) refetchMessage(effect.conversation, effect.message);
}

/**
 * Connected: say who looks at what, then ask for what was missed. Also when history has not moved: delivery ticks are
 * no history, and one may have come while the page was on its way.
 */
function greet(): void {
  joined = null;
  join(openConversation());
  tellPresence();
  resume();
}

function resume(): void {
  if (resuming) return;
  resuming = socket.send({ type: "resume", after_seq: sequence.upto });
}

function resumed(seq: number): void {
  resuming = false;
  sequence.settle(seq);
  retryAll();
  flush();
}

/** Too much was missed to send it one by one. */
function gap(to: number): void {
  refetchAll().then(
    () => resumed(to),
    () => {
      resuming = false; // still missing, so the next check asks again
    },
  );
}

function onPolled(events: PolledEvent[]): void {
  for (const event of events) for (const effect of effectsOfEvent(event)) apply(effect);
  sequence.settle(Math.max(...events.map((event) => event.seq)));
  refetchCounts();
}

function onState(failures: number): void {
  resuming = false;
  network.failures = failures;
  if (failures === 0) network.isReached = true;
  else if (!navigator.onLine) network.isReached = false;
  if (failures === 0) poller.stop();
  else if (isBlocked(network)) poller.start();
  showNetwork();
}

/** Signed out, suspended, or gone: the page itself says which, once. */
function onRefused(): void {
  const last = Number(sessionStorage.getItem(RELOADED) ?? 0);
  if (Date.now() - last < RELOAD_MS) return;
  sessionStorage.setItem(RELOADED, String(Date.now()));
  location.reload();
}

function onReached(isReached: boolean): void {
  if (isReached && !network.isReached) {
    retryAll();
    flush();
  }
  network.isReached = isReached;
  showNetwork();
}

/** The banner: offline and how much waits, or only slower because sockets are blocked. */
function showNetwork(): void {
  document.body.dataset.live = network.failures === 0 && socket.isGreeted ? "on" : "off";
  const banner = find("#offline");
  const words = banner && find("[data-text]", banner);
  if (!banner || !words) return;
  const text = bannerText(network, waitingCount(), say);
  banner.hidden = text === "";
  if (words.textContent !== text) words.textContent = text;
}

function join(conversation: string | null): void {
  if (joined === conversation) return;
  if (joined) socket.send({ type: "conversation:leave", conversation_id: joined });
  joined =
    conversation && socket.send({ type: "conversation:join", conversation_id: conversation }) ? conversation : null;
}

function tellPresence(): void {
  const isAway = document.hidden || Date.now() - activeAt > AWAY_MS;
  socket.send({ type: "presence", state: isAway ? "away" : "online" });
}

export function startLive(): void {
  onOpen((conversation) => {
    join(conversation);
    showNetwork();
  });
  document.addEventListener("rd:waiting", showNetwork);
  document.addEventListener("rd:typing", (event) => {
    socket.send({ type: "typing", conversation_id: (event as CustomEvent<string>).detail });
  });
  document.addEventListener("rd:draft", (event) => {
    socket.send({ type: "draft", ...(event as CustomEvent<object>).detail });
  });
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => {
      const wasAway = Date.now() - activeAt > AWAY_MS;
      activeAt = Date.now();
      if (wasAway) tellPresence();
    });
  }
  document.addEventListener("visibilitychange", tellPresence);
  setInterval(tellPresence, PRESENCE_MS);
  socket.connect();
}
