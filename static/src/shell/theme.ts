/** Light or dark: the system's choice until a person makes one. */

import { all, find } from "../dom";
import { remember } from "./cookies";

const root = document.documentElement;

function show(theme: string): void {
  root.dataset.theme = theme;
  find<HTMLMetaElement>('meta[name="theme-color"]')?.setAttribute("content", theme === "dark" ? "#0b0d0f" : "#f3f3f0");
  for (const button of all("[data-theme-set]"))
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
}

function choose(theme: string): void {
  remember("redress_theme", theme);
  delete root.dataset.themeDefault;
  show(theme);
}

if (root.dataset.themeDefault !== undefined && matchMedia("(prefers-color-scheme: dark)").matches) choose("dark");

document.addEventListener("click", (event) => {
  const target = event.target as Element | null;
  if (target?.closest("[data-theme-toggle]")) choose(root.dataset.theme === "dark" ? "light" : "dark");
  const chosen = target?.closest<HTMLElement>("[data-theme-set]")?.dataset.themeSet;
  if (chosen) choose(chosen);
});
