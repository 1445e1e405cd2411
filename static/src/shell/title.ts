/** How much is unread, in front of the title of the tab, whatever the title becomes. */

import { find } from "../dom";

const PREFIX = /^\(\d+\) /;
let unread = Number(find('[data-count="notifications"]')?.textContent ?? 0);

export function countInTitle(count: number): void {
  unread = count;
  write();
}

function write(): void {
  const bare = document.title.replace(PREFIX, "");
  const title = unread > 0 ? `(${unread}) ${bare}` : bare;
  if (document.title !== title) document.title = title;
}

const element = document.querySelector("title");
if (element) new MutationObserver(write).observe(element, { childList: true });
write();
