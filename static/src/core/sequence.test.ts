import { describe, expect, it } from "vitest";
import { Sequence } from "./sequence";

describe("Sequence", () => {
  it("moves on and never back", () => {
    const sequence = new Sequence(10);
    sequence.settle(14);
    sequence.settle(12);
    expect(sequence.upto).toBe(14);
  });

  it("is not behind while it has everything", () => {
    const sequence = new Sequence(10, 5000);
    expect(sequence.isBehind(10, 0)).toBe(false);
    expect(sequence.isBehind(10, 60_000)).toBe(false);
  });

  it("is behind when history stays further for longer than its patience", () => {
    const sequence = new Sequence(10, 5000);
    expect(sequence.isBehind(12, 1000)).toBe(false);
    expect(sequence.isBehind(13, 5999)).toBe(false);
    expect(sequence.isBehind(13, 6000)).toBe(true);
  });

  it("gets new patience whenever something arrives", () => {
    const sequence = new Sequence(10, 5000);
    sequence.isBehind(20, 0);
    sequence.settle(15);
    expect(sequence.isBehind(20, 4000)).toBe(false);
    expect(sequence.isBehind(20, 9000)).toBe(true);
    sequence.settle(20);
    expect(sequence.isBehind(20, 60_000)).toBe(false);
  });
});
