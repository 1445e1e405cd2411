/** The few ways this code touches the document. */

import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

export function find<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T | null {
  return within.querySelector<T>(selector);
}

export function all<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T[] {
  return [...within.querySelectorAll<T>(selector)];
}

/** Return the elements of an HTML fragment from our own server. */
export function elements(html: string): HTMLElement[] {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return [...holder.content.children].filter((child) => child instanceof HTMLElement);
}

/** Return a copy of the first element of a `<template>` of the page. */
export function stamp(id: string): HTMLElement {
  const template = document.getElementById(id) as HTMLTemplateElement | null;
  const first = template?.content.firstElementChild;
  if (!first) throw new Error(`The page has no template ${id}.`);
  return document.importNode(first, true) as HTMLElement;
}

/** Make `old` look like `fresh`, keeping focus, selection, what is typed and which menus are open. */
export function morph(old: Element, fresh: Element): void {
  const ignoreActiveValue = takesText(document.activeElement); // it skips whatever the active element holds
  Idiomorph.morph(old, fresh, { ignoreActiveValue, callbacks: { beforeAttributeUpdated: keepsOpen } });
  htmx.process(old);
}

/** Hand new elements to htmx, so that their attributes work. */
export function wire(element: Element): void {
  htmx.process(element);
}

/** Morph each element of a fragment onto the one with its id; what is not on the page is left out. */
export function morphById(html: string): void {
  for (const fresh of elements(html)) {
    const old = fresh.id ? document.getElementById(fresh.id) : null;
    if (old) morph(old, fresh);
  }
}

function keepsOpen(name: string, node: Element): boolean {
  const isState = name === "hidden" || name === "aria-expanded" || name === "open";
  return !(isState && node.closest("rd-menu, details"));
}

/** Whether a key press belongs to a field that takes text. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit"].includes(target.type);
}
