/**
 * The script a tenant's website includes: a button that opens the chat in a frame of the tenant's own address.
 *
 *   <script src="https://acme.example.com/chat/widget.js" data-chat="<id>" data-lang="es" async></script>
 *
 * It stands alone, touches nothing of the site but one element of its own, sets styles only through the DOM (a strict
 * style policy allows that), and talks to the frame in messages whose origin it checks. The site's policy needs
 * script-src and frame-src for this address.
 */

const own = document.currentScript as HTMLScriptElement | null;

const WORDS = {
  en: { open: "Chat with us", close: "Close the chat", unread: "new messages" },
  es: { open: "Escríbanos", close: "Cerrar el chat", unread: "mensajes nuevos" },
};
const ACCENT = "#0c4a63";
const CHAT_ICON = "M7.9 20A9 9 0 1 0 4 16.1L2 22Z";
const CLOSE_ICON = "M18 6 6 18M6 6l12 12";
const PHONE_WIDTH = 520;

function start(script: HTMLScriptElement): void {
  const chat = script.dataset.chat ?? "";
  const origin = new URL(script.src).origin;
  const asked = script.dataset.lang || document.documentElement.lang || navigator.language;
  const language = asked.toLowerCase().startsWith("es") ? "es" : "en";
  const words = WORDS[language];
  let frame: HTMLIFrameElement | null = null;
  let isOpen = false;
  let isReady = false;
  let unread = 0;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const button = document.createElement("button");
  const badge = document.createElement("span");
  button.type = "button";
  button.append(icon(), badge);
  badge.setAttribute("aria-hidden", "true");
  root.append(button);
  style(host, { position: "fixed", right: "0", bottom: "0", zIndex: "2147483000", colorScheme: "light" });
  style(button, {
    position: "fixed", right: "20px", bottom: "20px", width: "56px", height: "56px", padding: "0", border: "0",
    borderRadius: "28px", background: ACCENT, color: "#fff", cursor: "pointer", display: "grid",
    placeItems: "center", boxShadow: "0 2px 6px rgb(20 24 28 / .2), 0 12px 28px rgb(20 24 28 / .22)",
  }); // biome-ignore format: a sheet of styles
  style(badge, {
    position: "absolute", top: "-4px", right: "-4px", minWidth: "20px", height: "20px", padding: "0 5px",
    borderRadius: "10px", background: "#b3261e", color: "#fff", font: "600 12px/20px system-ui, sans-serif",
    boxSizing: "border-box",
  }); // biome-ignore format: a sheet of styles

  button.addEventListener("click", () => show(!isOpen));
  window.addEventListener("message", (event) => {
    if (event.origin === origin && event.source === frame?.contentWindow) hear(event.data);
  });
  window.addEventListener("resize", place);
  draw();
  document.body.append(host);
  if (kept(`${chat}-talked`)) load(); // who has talked before shall notice answers

  function hear(said: unknown): void {
    if (typeof said !== "object" || said === null) return;
    const { redress, count, kept } = said as { redress?: unknown; count?: unknown; kept?: unknown };
    if (redress === "close") show(false);
    if (redress === "talked") keep(`${chat}-talked`, "yes");
    if (redress === "keep" && typeof kept === "string") keep(`${chat}-kept`, kept);
    if (redress === "unread" && typeof count === "number") unread = Math.max(0, Math.floor(count));
    if (redress === "ready") {
      isReady = true;
      tell();
    }
    draw();
  }

  function show(open: boolean): void {
    isOpen = open;
    if (open) load();
    if (frame) style(frame, { display: open ? "block" : "none" });
    place();
    tell();
    draw();
    if (open) frame?.focus();
    else button.focus();
  }

  function load(): void {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = words.open;
    frame.src = `${origin}/chat/${encodeURIComponent(chat)}/?lang=${language}`;
    style(frame, { display: "none", position: "fixed", border: "0", background: "#fff", colorScheme: "normal" });
    root.prepend(frame);
    place();
  }

  function place(): void {
    if (!frame) return;
    const isPhone = window.innerWidth <= PHONE_WIDTH;
    style(frame, isPhone
      ? { inset: "0", width: "100%", height: "100%", borderRadius: "0", boxShadow: "none" }
      : {
          inset: "auto 20px 88px auto", width: "380px", height: "min(620px, calc(100vh - 108px))",
          borderRadius: "14px", boxShadow: "0 2px 6px rgb(20 24 28 / .1), 0 16px 40px rgb(20 24 28 / .22)",
        }); // biome-ignore format: a sheet of styles
    style(button, { display: isPhone && isOpen ? "none" : "grid" });
  }

  function tell(): void {
    if (!isReady) return; // until it says so, the frame may be no page of ours yet
    frame?.contentWindow?.postMessage({ redress: "shown", shown: isOpen, kept: kept(`${chat}-kept`) }, origin);
  }

  function draw(): void {
    const label = isOpen ? words.close : unread ? `${words.open} (${unread} ${words.unread})` : words.open;
    button.setAttribute("aria-label", label);
    button.setAttribute("aria-expanded", String(isOpen));
    button.querySelector("path")?.setAttribute("d", isOpen ? CLOSE_ICON : CHAT_ICON);
    badge.textContent = String(unread);
    style(badge, { display: unread && !isOpen ? "block" : "none" });
  }
}

function icon(): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const attributes = {
    viewBox: "0 0 24 24",
    width: "26",
    height: "26",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "1.75",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  svg.append(document.createElementNS(space, "path"));
  return svg;
}

function style(element: HTMLElement, styles: Partial<CSSStyleDeclaration>): void {
  Object.assign(element.style, styles);
}

/** What the site's own storage keeps for the chat; browsers that block a frame's storage leave it only this. */
function kept(name: string): string {
  try {
    return localStorage.getItem(`redress-chat-${name}`) ?? "";
  } catch {
    return "";
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`redress-chat-${name}`, value);
  } catch {
    return; // a site without storage forgets its visitors when they leave the page
  }
}

if (own?.dataset.chat) {
  const begin = () => start(own);
  if (document.body) begin();
  else document.addEventListener("DOMContentLoaded", begin);
}

export {}; // a module of its own, for the names above
