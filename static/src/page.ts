/** What the server wrote into the page: who is here, in which tenant, and the words. */

import { type Catalog, sayWith } from "./core/words";

export interface Page {
  member: string;
  memberName: string;
  tenant: string;
  timeZone: string;
  /** Keeps what this browser stores apart by tenant and person. */
  owner: string;
}

const data = document.body.dataset;

export const page: Page = {
  member: data.member ?? "",
  memberName: data.memberName ?? "",
  tenant: data.tenant ?? "",
  timeZone: data.timeZone || "UTC",
  owner: `${data.tenant ?? ""}:${data.member ?? ""}`,
};

export const say = sayWith({ ...catalog("shell-words"), ...catalog("words") });

function catalog(id: string): Catalog {
  return JSON.parse(document.getElementById(id)?.textContent ?? "{}") as Catalog;
}

/** Format an instant as a clock in the reader's language and zone. */
export function clockTime(at: Date, timeZone = page.timeZone): string {
  const options: Intl.DateTimeFormatOptions = { hour: "numeric", minute: "2-digit" };
  try {
    return new Intl.DateTimeFormat(document.documentElement.lang, { ...options, timeZone }).format(at);
  } catch {
    return new Intl.DateTimeFormat(document.documentElement.lang, options).format(at); // a zone this browser lacks
  }
}

/** Return the calendar day of an instant in the reader's zone, as YYYY-MM-DD. */
export function dayOf(at: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: page.timeZone, dateStyle: "short" }).format(at);
}
