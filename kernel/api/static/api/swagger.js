"use strict";

// A signed-in browser may try operations with its session; writes then need the CSRF token of its cookie.
const csrfToken = () => document.cookie.match(/(?:^|; )redress_csrf=([^;]+)/)?.[1] ?? "";

const main = document.getElementById("description");

SwaggerUIBundle({
  url: main.dataset.schema,
  domNode: main,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  displayRequestDuration: true,
  filter: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (!["GET", "HEAD"].includes(request.method)) {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
