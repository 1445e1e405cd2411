"use strict";

// A signed-in browser may try operations with its session; writes then need the CSRF token of its cookie.
const csrfToken = () => document.cookie.match(/(?:^|; )redress_csrf=([^;]+)/)?.[1] ?? "";

const place = document.getElementById("description");

// Swagger UI leaves these two outside its own main landmark.
const nameRegions = () => {
  const regions = { ".information-container": "About this API", ".scheme-container": "Authorization" };
  for (const [selector, name] of Object.entries(regions)) {
    const region = place.querySelector(selector);
    region?.setAttribute("role", "region");
    region?.setAttribute("aria-label", name);
  }
};

// Swagger UI draws fields, code and tables without names for readers of the screen; each gets one where it appears.
const without = (selector) => place.querySelectorAll(`${selector}:not([aria-label])`);

const nameFields = () => {
  for (const field of place.querySelectorAll("tr[data-param-name] :is(select, input, textarea):not([aria-label])")) {
    field.setAttribute("aria-label", field.closest("tr").dataset.paramName);
  }
  for (const choice of without("select.examples-select-element")) {
    choice.setAttribute("aria-label", "Example");
  }
  for (const choice of without(".content-type-wrapper select, .content-type")) {
    choice.setAttribute("aria-label", "Media type");
  }
  for (const body of without("textarea.body-param__text")) {
    body.setAttribute("aria-label", "Request body");
  }
  for (const choice of without(".opblock select")) {
    choice.setAttribute("aria-label", "Choice");
  }
};

const nameControls = () => {
  for (const button of without("button.close-modal")) {
    button.setAttribute("aria-label", "Close");
  }
  for (const fold of without("button.json-schema-2020-12-accordion")) {
    const title = fold.closest(".json-schema-2020-12")?.querySelector(".json-schema-2020-12__title")?.textContent;
    fold.setAttribute("aria-label", title || "Fields");
  }
  for (const table of without("table.responses-table[role=region]")) {
    const operation = table.closest(".opblock")?.id.split("-").at(-1) ?? "";
    const live = table.classList.contains("live-responses-table") ? "Answer to" : "Answers of";
    table.setAttribute("aria-label", `${live} ${operation}`);
  }
  for (const scrolling of place.querySelectorAll("pre:not([tabindex])")) {
    scrolling.setAttribute("tabindex", "0");
  }
};

let naming = 0;
new MutationObserver(() => {
  cancelAnimationFrame(naming);
  naming = requestAnimationFrame(() => {
    nameFields();
    nameControls();
  });
}).observe(place, { childList: true, subtree: true });

SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  displayRequestDuration: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  onComplete: nameRegions,
  requestInterceptor: (request) => {
    if (!["GET", "HEAD"].includes(request.method)) {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
