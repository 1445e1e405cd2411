import { describe, expect, it } from "vitest";
import { effectsOf, effectsOfEvent, parseFrame } from "./frames";

describe("effectsOf", () => {
  it("refetches a message, its row and the head when a message came", () => {
    const frame = { type: "conversation:message", seq: 7, conversation_id: "c1", message: { id: "m1" } };
    expect(effectsOf(frame)).toEqual([
      { do: "message", conversation: "c1", message: "m1" },
      { do: "row", conversation: "c1" },
      { do: "strip", conversation: "c1" },
    ]);
  });

  it("tells what a notification says, and apart whether a colleague caused it", () => {
    const notification = {
      id: "n1",
      kind: "assigned",
      conversation_id: "c1",
      message_id: null,
      contact: { id: "p1", name: "Rosa" },
      by: null,
      text: null,
    };
    const told = {
      id: "n1",
      kind: "assigned_by_nobody",
      conversation: "c1",
      message: "",
      who: "Rosa",
      by: "",
      text: "",
    };
    expect(effectsOf({ type: "notification", notification })).toEqual([{ do: "told", told }]);
    const caused = effectsOf({
      type: "notification",
      notification: { ...notification, by: { id: "m1", name: "Ana" } },
    });
    expect(caused).toEqual([{ do: "told", told: { ...told, kind: "assigned", by: "Ana" } }]);
    expect(effectsOf({ type: "notification", notification: null })).toEqual([]);
  });

  it("takes the conversation from the message when the frame does not name it", () => {
    const frame = { type: "conversation:message", message: { id: "m1", conversation_id: "c1" } };
    expect(effectsOf(frame)).toHaveLength(3);
  });

  it.each(["conversation:new", "conversation:updated", "conversation:handoff"])(
    "refetches row and head on %s",
    (type) => {
      expect(effectsOf({ type, seq: 1, conversation: { id: "c1" } })).toEqual([
        { do: "row", conversation: "c1" },
        { do: "strip", conversation: "c1" },
      ]);
    },
  );

  it("sets ticks without a refetch, with the failure", () => {
    const failure = { code: "131026", reason: "Not on WhatsApp.", retryable: false };
    const frame = { type: "conversation:status", conversation_id: "c1", message_id: "m1", status: "failed", failure };
    expect(effectsOf(frame)).toEqual([{ do: "tick", conversation: "c1", message: "m1", status: "failed", failure }]);
  });

  it("reads counts and where history stands", () => {
    expect(effectsOf({ type: "counts", counts: { mine: 3, all: "x" } })).toEqual([
      { do: "counts", counts: { mine: 3 } },
    ]);
    expect(effectsOf({ type: "seq", seq: 9 })).toEqual([{ do: "settled", seq: 9 }]);
    expect(effectsOf({ type: "pong", sent_at: 5, seq: 9 })).toEqual([{ do: "latency", sentAt: 5, head: 9 }]);
  });

  it("reads who types, who views and who is there", () => {
    const ana = { id: "a", name: "Ana" };
    expect(effectsOf({ type: "typing", conversation_id: "c1", who: { ...ana, kind: "contact" } })).toEqual([
      { do: "customer_typing", conversation: "c1", who: ana },
    ]);
    expect(effectsOf({ type: "typing", conversation_id: "c1", who: ana })).toEqual([
      { do: "typing", conversation: "c1", who: ana },
    ]);
    expect(effectsOf({ type: "viewers", conversation_id: "c1", members: [ana, null, {}] })).toEqual([
      { do: "viewers", conversation: "c1", members: [ana] },
    ]);
    expect(effectsOf({ type: "presence", user: ana, state: "away", device: "phone" })).toEqual([
      { do: "presence", member: "a", state: "away", device: "phone" },
    ]);
  });

  it("does nothing for kinds it does not know, inherited names and broken shapes", () => {
    for (const frame of [
      { type: "conversation:exploded" },
      { type: "toString" },
      { type: "conversation:message", message: null },
      { type: "conversation:status", message_id: 7 },
      { type: "typing", conversation_id: "c1", who: "Ana" },
      { type: "notice" },
    ]) {
      expect(effectsOf(frame)).toEqual([]);
    }
  });
});

describe("parseFrame", () => {
  it("returns objects with a type and nothing else", () => {
    expect(parseFrame('{"type":"pong","sent_at":1}')).toEqual({ type: "pong", sent_at: 1 });
    for (const raw of ["", "{", "null", "[]", "7", '{"kind":"x"}', '{"type":7}']) expect(parseFrame(raw)).toBeNull();
  });
});

describe("effectsOfEvent", () => {
  it("refetches what a polled event is about", () => {
    const event = { type: "message.received", payload: { conversation_id: "c1", message_id: "m1" } };
    expect(effectsOfEvent(event).map((effect) => effect.do)).toEqual(["message", "row", "strip"]);
  });

  it("ignores events about other things", () => {
    expect(effectsOfEvent({ type: "outlet.updated", payload: { outlet_id: "o1" } })).toEqual([]);
  });
});
