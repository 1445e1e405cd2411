import { expect, it } from "vitest";
import { MemoryStore } from "./memory_store";
import { Recent } from "./recent";

it("puts the newest search first and drops what it went on from", () => {
  const recent = new Recent(new MemoryStore(), "northside:alice");
  for (const query of ["Ros", "letter", "Rosa", " "]) recent.add(query);
  expect(recent.all()).toEqual(["Rosa", "letter"]);
});

it("keeps six", () => {
  const recent = new Recent(new MemoryStore(), "northside:alice");
  for (const query of ["a1", "b2", "c3", "d4", "e5", "f6", "g7"]) recent.add(query);
  expect(recent.all()).toEqual(["g7", "f6", "e5", "d4", "c3", "b2"]);
});

it("keeps people apart, and takes rubbish and a full store for nothing", () => {
  const store = new MemoryStore();
  new Recent(store, "northside:alice").add("Rosa");
  store.setItem("redress:northside:bob:searches", "{");
  expect(new Recent(store, "northside:bob").all()).toEqual([]);
  store.full = true;
  new Recent(store, "northside:alice").add("letter");
  expect(new Recent(store, "northside:alice").all()).toEqual(["Rosa"]);
});
