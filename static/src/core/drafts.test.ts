import { beforeEach, describe, expect, it } from "vitest";
import { Drafts } from "./drafts";
import { MemoryStore } from "./memory_store";

describe("Drafts", () => {
  let store: MemoryStore;
  let drafts: Drafts;

  beforeEach(() => {
    store = new MemoryStore();
    drafts = new Drafts(store, "northside:alice");
  });

  it("keeps text per conversation and forgets what was emptied", () => {
    drafts.put("c1", "Hola", "reply", 1);
    drafts.put("c2", "Look", "note", 2);
    drafts.put("c1", "   ", "reply", 3);
    expect(drafts.get("c1")).toBeNull();
    expect(drafts.get("c2")).toEqual({ text: "Look", mode: "note", at: 2, saved: false });
  });

  it("does not show one person's draft to another", () => {
    drafts.put("c1", "Hola", "reply", 1);
    expect(new Drafts(store, "northside:bob").get("c1")).toBeNull();
  });

  it("prefers what only this browser has, else the server's", () => {
    const server = { text: "from the server", mode: "reply" as const };
    expect(drafts.choose("c1", server)).toEqual(server);
    drafts.put("c1", "newer", "note", 1);
    expect(drafts.choose("c1", server)).toEqual({ text: "newer", mode: "note" });
    drafts.markSaved("c1", "newer");
    expect(drafts.choose("c1", server)).toEqual(server);
  });

  it("stays unsaved when more was typed while saving", () => {
    drafts.put("c1", "Hola", "reply", 1);
    drafts.put("c1", "Hola Maribel", "reply", 2);
    drafts.markSaved("c1", "Hola");
    expect(drafts.get("c1")?.saved).toBe(false);
  });

  it("survives broken words in the store and a full store", () => {
    store.setItem("redress:draft:northside:alice:c1", "{");
    expect(drafts.get("c1")).toBeNull();
    store.full = true;
    expect(() => drafts.put("c2", "text", "reply", 1)).not.toThrow();
  });

  it("sweeps drafts nobody came back to for 30 days", () => {
    const day = 24 * 3600 * 1000;
    drafts.put("old", "text", "reply", 0);
    drafts.put("new", "text", "reply", 2 * day);
    drafts.sweep(31 * day);
    expect(drafts.get("old")).toBeNull();
    expect(drafts.get("new")).not.toBeNull();
  });
});
