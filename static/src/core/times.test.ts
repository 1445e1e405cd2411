import { describe, expect, it } from "vitest";
import { ago, due, span, windowLeft } from "./times";
import { sayWith } from "./words";

const say = sayWith({
  now: "now",
  minutes: "{n} min",
  hours: "{n} h",
  days: "{n} d",
  hours_minutes: "{h} h {m} min",
  late: "Late {span}",
});
const MIN = 60_000;
const HOUR = 60 * MIN;

describe("times", () => {
  it("says how long ago", () => {
    expect(
      [0, 59_999, MIN, 59 * MIN, HOUR, 23 * HOUR, 24 * HOUR, -5].map((passed) => ago(1e9, 1e9 + passed, say)),
    ).toEqual(["now", "now", "1 min", "59 min", "1 h", "23 h", "1 d", "now"]);
  });

  it("says long spans in days", () => {
    expect([47 * HOUR, 48 * HOUR, 100 * HOUR].map((ms) => span(ms, say))).toEqual(["47 h 0 min", "2 d", "4 d"]);
  });

  it("says spans in whole minutes", () => {
    expect([-1, 0, 59 * MIN, 61 * MIN, 20 * HOUR + 14 * MIN].map((ms) => span(ms, say))).toEqual([
      "0 min",
      "0 min",
      "59 min",
      "1 h 1 min",
      "20 h 14 min",
    ]);
  });

  it("turns amber under 15 minutes and late at the moment itself", () => {
    expect(due(15 * MIN, 0, say).state).toBe("ok");
    expect(due(15 * MIN - 1, 0, say).state).toBe("soon");
    expect(due(0, 0, say)).toEqual({ state: "late", text: "Late 0 min" });
    expect(due(0, 6 * MIN, say)).toEqual({ state: "late", text: "Late 6 min" });
  });

  it("closes the window exactly at its end", () => {
    expect(windowLeft(24 * HOUR, 0, say)).toEqual({ state: "open", share: 1, text: "24 h 0 min" });
    expect(windowLeft(4 * HOUR, 0, say).state).toBe("open");
    expect(windowLeft(4 * HOUR - 1, 0, say).state).toBe("soon");
    expect(windowLeft(1, 0, say).state).toBe("soon");
    expect(windowLeft(0, 0, say).state).toBe("closed");
    expect(windowLeft(null, 0, say).state).toBe("closed");
  });
});

describe("sayWith", () => {
  it("chooses one or many, fills blanks and keeps what it does not know", () => {
    const words = sayWith({ new: ["{n} new message", "{n} new messages"] });
    expect(words("new", { n: 1 })).toBe("1 new message");
    expect(words("new", { n: 2 })).toBe("2 new messages");
    expect(words("unknown {x}")).toBe("unknown {x}");
  });
});
