import { beforeEach, describe, expect, it } from "vitest";
import { MemoryStore } from "./memory_store";
import { Outbox, type Outcome, type Reply } from "./outbox";

const taken: Outcome = { kind: "taken", html: "<div></div>" };

function reply(clientId: string, at: number, conversation = "c1"): Reply {
  return { clientId, conversation, mode: "reply", fields: { text: clientId, client_id: clientId }, text: clientId, at };
}

describe("Outbox", () => {
  let store: MemoryStore;
  let posted: string[];
  let settled: [string, string][];
  let answers: (clientId: string) => Outcome;

  const outbox = () =>
    new Outbox(
      store,
      "northside:alice",
      async (one) => {
        posted.push(one.clientId);
        return answers(one.clientId);
      },
      (one, outcome) => settled.push([one.clientId, outcome.kind]),
    );

  beforeEach(() => {
    store = new MemoryStore();
    posted = [];
    settled = [];
    answers = () => taken;
  });

  it("posts in order and forgets what was taken", async () => {
    const box = outbox();
    box.add(reply("b", 2));
    box.add(reply("a", 1));
    await box.flush();
    expect([...posted].sort()).toEqual(["a", "b"]);
    expect(box.waiting()).toEqual([]);
  });

  it("keeps everything in order while offline and sends it after a reload with the same ids", async () => {
    answers = () => ({ kind: "offline" });
    const box = outbox();
    box.add(reply("a", 1));
    box.add(reply("b", 2));
    box.add(reply("c", 3, "c2"));
    await box.flush();
    expect(box.waiting().map((one) => one.clientId)).toEqual(["a", "b", "c"]);
    expect(box.waiting("c2")).toHaveLength(1);
    posted = [];
    answers = () => taken;
    const later = outbox();
    await later.flush();
    expect(posted).toEqual(["a", "b", "c"]);
    expect(later.waiting()).toEqual([]);
  });

  it("does not post what comes after one that did not arrive", async () => {
    answers = () => ({ kind: "offline" });
    const box = outbox();
    box.add(reply("a", 1));
    await box.flush();
    posted = [];
    box.add(reply("b", 2));
    await box.flush();
    expect(posted).not.toContain("b");
  });

  it("lets go of a refused one and goes on with the next", async () => {
    answers = (id) => (id === "a" ? { kind: "refused", text: "The window has closed." } : taken);
    const box = outbox();
    box.add(reply("a", 1));
    box.add(reply("b", 2));
    await box.flush();
    expect(settled).toEqual([
      ["a", "refused"],
      ["b", "taken"],
    ]);
    expect(box.waiting()).toEqual([]);
  });

  it("never posts one twice at the same time", async () => {
    const box = outbox();
    box.add(reply("a", 1));
    await Promise.all([box.flush(), box.flush(), box.flush()]);
    expect(posted).toEqual(["a"]);
  });

  it("says so when the browser cannot keep a reply", () => {
    store.full = true;
    expect(outbox().add(reply("a", 1))).toBe(false);
  });
});
