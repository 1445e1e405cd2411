/** Commands: what keys, buttons and menus ask for, and who carries it out. */

type Handler = (origin: HTMLElement | null) => void;

const handlers = new Map<string, Handler>();

/** Say who carries out a command on this page. */
export function on(command: string, handler: Handler): void {
  handlers.set(command, handler);
}

/** Tell whether somebody on this page carries out a command. */
export function has(command: string): boolean {
  return handlers.has(command);
}

/** Carry out a command; false when nobody does on this page. */
export function run(command: string, origin: HTMLElement | null = null): boolean {
  const handler = handlers.get(command);
  if (handler) handler(origin);
  return handler !== undefined;
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element | null)?.closest<HTMLElement>("[data-command]");
  if (button?.dataset.command && run(button.dataset.command, button)) event.preventDefault();
});
