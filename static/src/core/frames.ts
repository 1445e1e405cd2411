/** What the live socket sends, and what a page does about each frame. Pure: the same frame gives the same effects. */

export type Status = "queued" | "sent" | "delivered" | "read" | "played" | "failed" | "received";

export interface Person {
  id: string;
  name: string;
}

export interface Failure {
  code: string;
  reason: string;
  retryable: boolean;
}

/** A JSON text frame. Fields beyond `type` depend on it and are checked where they are used. */
export interface Frame {
  type: string;
  [field: string]: unknown;
}

/** Something the member should know of. */
export interface Told {
  id: string;
  kind: string;
  conversation: string;
  message: string;
  who: string;
  by: string;
  text: string;
}

export type Effect =
  | { do: "row"; conversation: string }
  | { do: "message"; conversation: string; message: string }
  | { do: "strip"; conversation: string }
  | { do: "tick"; conversation: string; message: string; status: Status; failure: Failure | null }
  | { do: "typing"; conversation: string; who: Person }
  | { do: "customer_typing"; conversation: string; who: Person }
  | { do: "viewers"; conversation: string; members: Person[] }
  | { do: "draft"; conversation: string; who: Person; empty: boolean }
  | { do: "presence"; member: string; state: string; device: string }
  | { do: "counts"; counts: Record<string, number> }
  | { do: "notice"; text: string }
  | { do: "told"; told: Told }
  | { do: "told_read" }
  | { do: "greeted" }
  | { do: "settled"; seq: number }
  | { do: "resumed"; seq: number }
  | { do: "gap"; from: number; to: number }
  | { do: "latency"; sentAt: number; head: number };

type Reader = (frame: Frame) => Effect[];

const readers: Record<string, Reader> = {
  hello: () => [{ do: "greeted" }],
  "conversation:new": changed,
  "conversation:updated": changed,
  "conversation:handoff": changed,
  "conversation:message": (frame) => {
    const message = record(frame.message);
    const conversation = text(frame.conversation_id) || text(message.conversation_id);
    if (!conversation || !text(message.id)) return [];
    return [
      { do: "message", conversation, message: text(message.id) },
      { do: "row", conversation },
      { do: "strip", conversation },
    ];
  },
  "conversation:status": (frame) => {
    const conversation = text(frame.conversation_id);
    const message = text(frame.message_id);
    if (!conversation || !message) return [];
    const status = text(frame.status) as Status;
    return [{ do: "tick", conversation, message, status, failure: (frame.failure ?? null) as Failure | null }];
  },
  "conversation:draft": (frame) => {
    const conversation = text(frame.conversation_id);
    const who = person(frame.who);
    return conversation && who ? [{ do: "draft", conversation, who, empty: frame.empty === true }] : [];
  },
  typing: (frame) => {
    const conversation = text(frame.conversation_id);
    const who = person(frame.who);
    const kind = record(frame.who).kind === "contact" ? "customer_typing" : "typing";
    return conversation && who ? [{ do: kind, conversation, who }] : [];
  },
  viewers: (frame) => {
    const conversation = text(frame.conversation_id);
    return conversation ? [{ do: "viewers", conversation, members: people(frame.members) }] : [];
  },
  presence: (frame) => {
    const member = person(frame.user)?.id;
    return member ? [{ do: "presence", member, state: text(frame.state), device: text(frame.device) }] : [];
  },
  counts: (frame) => [{ do: "counts", counts: numbers(frame.counts) }],
  notice: (frame) => (text(frame.text) ? [{ do: "notice", text: text(frame.text) }] : []),
  notification: (frame) => {
    const one = record(frame.notification);
    const conversation = text(one.conversation_id);
    if (!text(one.id) || !conversation) return [];
    const [who, by] = [text(record(one.contact).name), text(record(one.by).name)];
    const kind = by || one.kind === "message_failed" ? text(one.kind) : `${text(one.kind)}_by_nobody`;
    const message = text(one.message_id);
    return [{ do: "told", told: { id: text(one.id), kind, conversation, message, who, by, text: text(one.text) } }];
  },
  "notification:read": () => [{ do: "told_read" }],
  seq: (frame) => [{ do: "settled", seq: number(frame.seq) }],
  resumed: (frame) => [{ do: "resumed", seq: number(frame.seq) }],
  gap: (frame) => [{ do: "gap", from: number(frame.from), to: number(frame.to) }],
  pong: (frame) => [{ do: "latency", sentAt: number(frame.sent_at), head: number(frame.seq) }],
};

/** Return what a page does about a frame. Kinds and shapes it does not know do nothing. */
export function effectsOf(frame: Frame): Effect[] {
  return Object.hasOwn(readers, frame.type) ? (readers[frame.type]?.(frame) ?? []) : [];
}

/** Parse a text frame; anything that is not a JSON object with a type is null. */
export function parseFrame(raw: string): Frame | null {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === "object" && value !== null && typeof (value as Frame).type === "string"
      ? (value as Frame)
      : null;
  } catch {
    return null;
  }
}

/** Return what a page does about an event of the history, for the time it polls instead of listening. */
export function effectsOfEvent(event: { type: string; payload: Record<string, unknown> }): Effect[] {
  const conversation = text(event.payload.conversation_id);
  if (!conversation) return [];
  const row: Effect[] = [
    { do: "row", conversation },
    { do: "strip", conversation },
  ];
  const messages = [text(event.payload.message_id), text(event.payload.line_id)].filter((id) => id !== "");
  return [...messages.map((message): Effect => ({ do: "message", conversation, message })), ...row];
}

function changed(frame: Frame): Effect[] {
  const conversation = text(record(frame.conversation).id) || text(frame.conversation_id);
  if (!conversation) return [];
  return [
    { do: "row", conversation },
    { do: "strip", conversation },
  ];
}

function numbers(value: unknown): Record<string, number> {
  const found = Object.entries(record(value)).filter(([, count]) => typeof count === "number");
  return Object.fromEntries(found) as Record<string, number>;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function person(value: unknown): Person | null {
  const { id, name } = record(value);
  return text(id) ? { id: text(id), name: text(name) } : null;
}

function people(value: unknown): Person[] {
  return Array.isArray(value) ? value.map(person).filter((one) => one !== null) : [];
}
