import { describe, expect, it } from "vitest";
import { lentStore } from "./store";

describe("lentStore", () => {
  it("lends every change in one piece and takes it back once", () => {
    const lent: string[] = [];
    const store = lentStore((kept) => lent.push(kept));
    store.set("token", "a");
    store.set("read", "b");
    expect(lent).toEqual(['{"token":"a"}', '{"token":"a","read":"b"}']);
    expect(store.take('{"token":"other"}')).toBe(false);

    const later = lentStore(() => undefined);
    expect(later.take(lent[1])).toBe(true);
    expect([later.get("token"), later.get("read"), later.get("none")]).toEqual(["a", "b", ""]);
  });

  it.each([undefined, null, "", "garbage", "[]x", "3", '{"token":5}'])("takes nothing useful from %s", (kept) => {
    const store = lentStore(() => undefined);
    store.take(kept);
    expect(store.get("token")).toBe("");
  });
});
