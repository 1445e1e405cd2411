import { describe, expect, it } from "vitest";
import { Bundle, FAIR_MS, FULL_MS, Pace, SLOW_MS, type Timer } from "./pace";

class Clock implements Timer {
  at = 0;
  private jobs: { at: number; run: () => void }[] = [];

  now(): number {
    return this.at;
  }

  after(ms: number, run: () => void): void {
    this.jobs.push({ at: this.at + ms, run });
  }

  /** Let time pass, with the promises in between. */
  async pass(ms: number): Promise<void> {
    const end = this.at + ms;
    for (;;) {
      await Promise.resolve();
      await Promise.resolve();
      this.jobs.sort((a, b) => a.at - b.at);
      const next = this.jobs[0];
      if (!next || next.at > end) break;
      this.jobs.shift();
      this.at = next.at;
      next.run();
    }
    this.at = end;
    await Promise.resolve();
  }
}

describe("Pace", () => {
  it("starts at full rate and follows the last 10 round trips", () => {
    const pace = new Pace();
    expect(pace.intervalMs).toBe(FULL_MS);
    for (let i = 0; i < 10; i += 1) pace.take(99);
    expect(pace.intervalMs).toBe(FULL_MS);
    for (let i = 0; i < 10; i += 1) pace.take(100);
    expect(pace.intervalMs).toBe(FAIR_MS);
    for (let i = 0; i < 10; i += 1) pace.take(499);
    expect(pace.intervalMs).toBe(FAIR_MS);
    for (let i = 0; i < 10; i += 1) pace.take(500);
    expect(pace.intervalMs).toBe(SLOW_MS);
    for (let i = 0; i < 10; i += 1) pace.take(1);
    expect(pace.latencyMs).toBe(1);
  });
});

describe("Bundle", () => {
  it("delivers the first at once and a burst once per interval, each key once", async () => {
    const clock = new Clock();
    const sent: string[][] = [];
    const bundle = new Bundle(
      async (keys) => void sent.push(keys),
      () => 250,
      clock,
    );
    bundle.add("a");
    await clock.pass(0);
    for (let i = 0; i < 50; i += 1) bundle.add("a", "b");
    await clock.pass(249);
    expect(sent).toEqual([["a"]]);
    await clock.pass(1);
    expect(sent).toEqual([["a"], ["a", "b"]]);
    await clock.pass(5000);
    expect(sent).toHaveLength(2);
  });

  it("never has two hand-overs under way and loses nothing that comes meanwhile", async () => {
    const clock = new Clock();
    const sent: string[][] = [];
    let finish: () => void = () => {};
    const deliver = (keys: string[]) => {
      sent.push(keys);
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    };
    const bundle = new Bundle(deliver, () => 250, clock);
    bundle.add("a");
    await clock.pass(1000);
    bundle.add("b");
    await clock.pass(1000);
    expect(sent).toEqual([["a"]]);
    finish();
    await clock.pass(1);
    expect(sent).toEqual([["a"], ["b"]]);
  });

  it("hands over at most its limit at a time", async () => {
    const clock = new Clock();
    const sent: string[][] = [];
    const bundle = new Bundle(
      async (keys) => void sent.push(keys),
      () => 10,
      clock,
      2,
    );
    bundle.add("a", "b", "c");
    await clock.pass(0);
    await clock.pass(100);
    expect(sent).toEqual([["a", "b"], ["c"]]);
  });

  it("tries again what failed, after longer and longer pauses", async () => {
    const clock = new Clock();
    const sentAt: number[] = [];
    let online = false;
    const deliver = () => {
      sentAt.push(clock.at);
      return online ? Promise.resolve() : Promise.reject(new Error("no network"));
    };
    const bundle = new Bundle(deliver, () => 10, clock);
    bundle.add("a");
    await clock.pass(100_000);
    expect(sentAt).toEqual([0, 2000, 6000, 14_000, 30_000, 60_000, 90_000]);
    online = true;
    await clock.pass(60_000);
    expect(sentAt).toHaveLength(8);
  });

  it("tries at once when it is told that the line is back, with everything that waits", async () => {
    const clock = new Clock();
    const sent: string[][] = [];
    let online = false;
    const deliver = (keys: string[]) => {
      sent.push(keys);
      return online ? Promise.resolve() : Promise.reject(new Error("no network"));
    };
    const bundle = new Bundle(deliver, () => 10, clock);
    bundle.add("a");
    await clock.pass(1000);
    bundle.add("b");
    await clock.pass(500);
    expect(sent).toEqual([["a"]]);
    online = true;
    bundle.retry();
    await clock.pass(10);
    expect(sent[1]?.sort()).toEqual(["a", "b"]);
    await clock.pass(60_000);
    expect(sent).toHaveLength(2);
  });
});
