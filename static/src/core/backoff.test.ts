import { expect, it } from "vitest";
import { backoff } from "./backoff";

it("doubles up to the cap, between half and whole", () => {
  expect([1, 2, 3, 7, 8, 100].map((attempt) => backoff(attempt, () => 1))).toEqual([
    500, 1000, 2000, 30_000, 30_000, 30_000,
  ]);
  expect([1, 2, 3, 7, 100].map((attempt) => backoff(attempt, () => 0))).toEqual([250, 500, 1000, 15_000, 15_000]);
});

it("spreads tries", () => {
  const waits = new Set(Array.from({ length: 50 }, () => backoff(5, Math.random)));
  expect(waits.size).toBeGreaterThan(40);
});
