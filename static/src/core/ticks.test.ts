import { expect, it } from "vitest";
import { Ticks } from "./ticks";

it("only moves forward, in every order of the same news", () => {
  const news = ["queued", "sent", "delivered", "read"];
  for (let round = 0; round < 100; round += 1) {
    const ticks = new Ticks();
    let seen = -1;
    for (const status of [...news].sort(() => Math.random() - 0.5)) {
      const furthest = news.indexOf(ticks.take("m", status));
      expect(furthest).toBeGreaterThanOrEqual(seen);
      seen = furthest;
    }
    expect(ticks.take("m", "queued")).toBe("read");
  }
});

it("keeps messages apart, passes failures through and starts again after forgetting", () => {
  const ticks = new Ticks();
  ticks.take("a", "delivered");
  expect(ticks.take("b", "queued")).toBe("queued");
  expect(ticks.take("c", "failed")).toBe("failed");
  ticks.forget("a");
  expect(ticks.take("a", "queued")).toBe("queued");
});
