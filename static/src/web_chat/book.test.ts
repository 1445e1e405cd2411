import { describe, expect, it } from "vitest";
import { Book } from "./book";
import type { Said } from "./door";

const said = (id: string, from: Said["from"] = "team", clientId: string | null = null): Said => ({
  id,
  client_id: clientId,
  from,
  name: "",
  text: id,
  sent_at: "2026-11-20T15:04:05Z",
});

describe("Book", () => {
  it("keeps messages once and in order, however they come", () => {
    const book = new Book();
    expect(book.take([said("2"), said("1")]).map((one) => one.id)).toEqual(["2", "1"]);
    expect(book.take([said("1"), said("3")]).map((one) => one.id)).toEqual(["3"]);
    expect(book.messages.map((one) => one.id)).toEqual(["1", "2", "3"]);
    expect(book.last).toBe("3");
  });

  it("replaces what was on its way when it is there", () => {
    const book = new Book();
    book.send("a", "hello");
    book.send("b", "again");
    book.take([said("1", "you", "a")]);
    expect(book.outgoing.map((one) => one.clientId)).toEqual(["b"]);
  });

  it("keeps what failed with its reason", () => {
    const book = new Book();
    book.send("a", "hello");
    book.mark("a", "failed", "Too fast");
    expect(book.outgoing).toEqual([{ clientId: "a", text: "hello", state: "failed", reason: "Too fast" }]);
  });

  it("counts only the team's words as unread", () => {
    const book = new Book();
    book.take([said("1"), said("2", "you", "x"), said("3"), said("4")]);
    expect(book.unreadAfter("1")).toBe(2);
    expect(book.lastOfTeam).toBe("4");
  });
});
