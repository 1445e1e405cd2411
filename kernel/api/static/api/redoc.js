"use strict";

const main = document.getElementById("description");

// Redoc writes h5 right below h2; readers of headings should not look for what is missing between them.
const levelHeadings = () => {
  for (const heading of main.querySelectorAll("h5")) {
    heading.setAttribute("aria-level", "3");
  }
};

// Its long lines scroll; who has no mouse needs to get to them.
new MutationObserver(() => {
  for (const scrolling of main.querySelectorAll("pre:not([tabindex])")) {
    scrolling.setAttribute("tabindex", "0");
  }
}).observe(main, { childList: true, subtree: true });

// The search index would be built in a worker from a blob, which this site's policy does not allow.
Redoc.init(
  main.dataset.schema,
  { disableSearch: true, hideDownloadButton: true, nativeScrollbars: true },
  main,
  levelHeadings,
);
