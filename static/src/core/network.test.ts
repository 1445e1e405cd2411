import { expect, it } from "vitest";
import { bannerText } from "./network";
import { sayWith } from "./words";

const say = sayWith({
  offline: "Offline.",
  offline_waiting: ["{n} reply waits", "{n} replies wait"],
  polling: "Slower.",
});

it("says nothing while the socket works or has only just failed", () => {
  expect(bannerText({ failures: 0, isReached: false }, 3, say)).toBe("");
  expect(bannerText({ failures: 1, isReached: true }, 0, say)).toBe("");
});

it("says offline and how much waits", () => {
  expect(bannerText({ failures: 1, isReached: false }, 0, say)).toBe("Offline.");
  expect(bannerText({ failures: 9, isReached: false }, 1, say)).toBe("1 reply waits");
  expect(bannerText({ failures: 9, isReached: false }, 2, say)).toBe("2 replies wait");
});

it("says that it polls when only sockets are blocked", () => {
  expect(bannerText({ failures: 2, isReached: true }, 0, say)).toBe("Slower.");
});
