import { describe, expect, it } from "vitest";
import { Keymap } from "./keymap";

const TABLE = [
  ["j", "next"],
  ["k", "previous"],
  ["e", "resolve"],
  ["]", "toggle-contact"],
  ["?", "shortcuts"],
  ["x", "select"],
  ["Shift X", "select-range"],
  ["Ctrl Enter", "send"],
  ["Ctrl K", "palette"],
  ["Esc", "escape"],
  ["G I", "go-inbox"],
].map(([keys = "", command = ""]) => ({ keys: keys.split(" "), command }));

const press = (key: string, more = {}) => ({ key, command: false, alt: false, typing: false, ...more });

describe("Keymap", () => {
  it("reads letters, brackets and the sheet", () => {
    const keys = new Keymap(TABLE, () => true);
    expect(["j", "K", "e", "]", "?", "z"].map((key) => keys.read(press(key), 0))).toEqual([
      "next",
      "previous",
      "resolve",
      "toggle-contact",
      "shortcuts",
      null,
    ]);
  });

  it("sends and escapes also while typing; letters stay letters", () => {
    const keys = new Keymap(TABLE, () => true);
    expect(keys.read(press("Enter", { command: true, typing: true }), 0)).toBe("send");
    expect(keys.read(press("Escape", { typing: true }), 0)).toBe("escape");
    expect(keys.read(press("k", { command: true, typing: true }), 0)).toBe("palette");
    expect(keys.read(press("e", { typing: true }), 0)).toBeNull();
  });

  it("tells a letter from the same with Shift, where both mean something", () => {
    const keys = new Keymap(TABLE, () => true);
    expect(keys.read(press("x"), 0)).toBe("select");
    expect(keys.read(press("X", { shift: true }), 0)).toBe("select-range");
    expect(keys.read(press("K", { shift: true }), 0)).toBe("previous");
  });

  it("leaves the browser's own combinations alone", () => {
    const keys = new Keymap(TABLE, () => true);
    expect(keys.read(press("r", { command: true }), 0)).toBeNull();
    expect(keys.read(press("e", { alt: true }), 0)).toBeNull();
  });

  it("has no letters when they are switched off", () => {
    const keys = new Keymap(TABLE, () => false);
    expect(keys.read(press("e"), 0)).toBeNull();
    expect(keys.read(press("Escape"), 0)).toBe("escape");
  });

  it("goes with G and a letter within a second", () => {
    const keys = new Keymap(TABLE, () => true);
    expect(keys.read(press("g"), 0)).toBeNull();
    expect(keys.read(press("i"), 900)).toBe("go-inbox");
    keys.read(press("g"), 2000);
    expect(keys.read(press("e"), 2100)).toBeNull();
    keys.read(press("g"), 5000);
    expect(keys.read(press("e"), 6000)).toBe("resolve");
  });
});
