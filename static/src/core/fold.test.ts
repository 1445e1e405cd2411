import { expect, it } from "vitest";
import { fold } from "./fold";

it("takes accents, capitals and punctuation away", () => {
  expect(fold("¿Está la CARTA de Núñez?")).toBe("esta la carta de nunez");
  expect(fold("/dispute-not-mine")).toBe("dispute not mine");
  expect(fold("  … ")).toBe("");
});
