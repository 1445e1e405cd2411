/** What every htmx request has in common: the CSRF token, busy buttons, refusals as toasts, signing in again. */

import { csrfToken } from "../http";
import { say } from "../page";
import { toast } from "./toasts";

interface Detail {
  elt: HTMLElement;
  headers: Record<string, string>;
  xhr: XMLHttpRequest;
}

function listen(name: string, handle: (detail: Detail) => void): void {
  document.addEventListener(name, (event) => handle((event as CustomEvent<Detail>).detail));
}

function busy(element: HTMLElement, isBusy: boolean): void {
  const button = element.matches("form") ? element.querySelector("button:not([type=button])") : element;
  if (isBusy) button?.setAttribute("aria-busy", "true");
  else button?.removeAttribute("aria-busy");
}

listen("htmx:configRequest", ({ headers }) => {
  headers["X-CSRFToken"] = csrfToken();
});

listen("htmx:beforeRequest", ({ elt }) => {
  if (elt.matches("form")) busy(elt, true);
});

listen("htmx:afterRequest", ({ elt }) => {
  if (elt.matches("form")) busy(elt, false);
});

listen("htmx:responseError", ({ xhr }) => {
  const isSentence = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  if (xhr.status === 401) location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`);
  else toast(isSentence && xhr.responseText ? xhr.responseText : say("failed"));
});

listen("htmx:sendError", () => toast(say("no_connection")));
