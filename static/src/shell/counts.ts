/** The numbers beside views, wherever they are shown. */

import { all, find } from "../dom";
import { getJson } from "../http";
import { countInTitle } from "./title";

/** Show counts by view name; zero hides badges. */
export function showCounts(counts: Record<string, number>): void {
  for (const place of all("[data-count]")) {
    const count = counts[place.dataset.count ?? ""];
    if (count === undefined) continue;
    place.textContent = String(count);
    if (place.classList.contains("count")) place.hidden = count === 0;
    if (place.dataset.hot !== undefined) place.classList.toggle("hot", count > 0);
  }
  if (counts.notifications !== undefined) countInTitle(counts.notifications);
}

export async function fetchCounts(): Promise<void> {
  showCounts(await getJson<Record<string, number>>("/inbox/counts/"));
}

if (find("[data-load-counts]")) void fetchCounts().catch(() => undefined); // the names stay useful without numbers
