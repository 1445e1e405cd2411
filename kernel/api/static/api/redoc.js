"use strict";

const main = document.getElementById("description");

// The search index would be built in a worker from a blob, which this site's policy does not allow.
Redoc.init(main.dataset.schema, { disableSearch: true, hideDownloadButton: true, nativeScrollbars: true }, main);
