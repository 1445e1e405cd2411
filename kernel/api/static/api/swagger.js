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
