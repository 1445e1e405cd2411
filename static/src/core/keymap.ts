/** Which command a key press means. Pure: the page says what has the focus and whether single letters are on. */

export interface Press {
  key: string;
  /** Ctrl or Cmd. */
  command: boolean;
  alt: boolean;
  /** A field that takes text has the focus. */
  typing: boolean;
}

const LETTERS: Record<string, string> = {
  j: "next",
  k: "previous",
  r: "reply",
  n: "note",
  t: "template",
  e: "resolve",
  a: "assign",
  m: "assign-me",
  h: "handoff",
  f: "find",
  "/": "canned",
  s: "snooze",
  l: "tags",
  "[": "toggle-list",
  "]": "toggle-contact",
  "?": "shortcuts",
};
const AFTER_G: Record<string, string> = { i: "go-inbox", s: "go-settings", u: "go-unassigned" };
const SEQUENCE_MS = 1000;

/** Reads presses one by one; remembers a `G` for a second. */
export class Keymap {
  private goSince = Number.NEGATIVE_INFINITY;

  constructor(private readonly lettersOn: () => boolean) {}

  /** Return the command of a press, or null. Letters are off while typing, with modifiers, and when switched off. */
  read(press: Press, now: number): string | null {
    if (press.command && press.key === "Enter") return "send";
    if (press.key === "Escape") return "escape";
    if (press.command || press.alt || press.typing || !this.lettersOn()) return null;
    const key = press.key.toLowerCase();
    const going = now - this.goSince < SEQUENCE_MS;
    this.goSince = key === "g" && !going ? now : Number.NEGATIVE_INFINITY;
    if (going) return AFTER_G[key] ?? null;
    return LETTERS[key] ?? null;
  }
}
