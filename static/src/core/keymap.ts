/** Which command a key press means. Pure: the page brings the table, what has the focus, and whether letters are on. */

export interface Press {
  key: string;
  /** Ctrl or Cmd. */
  command: boolean;
  alt: boolean;
  shift?: boolean;
  /** A field that takes text has the focus. */
  typing: boolean;
}

/** `keys` are pressed together after "Ctrl" or "Shift", else one after the other. */
export interface Binding {
  keys: string[];
  command: string;
}

const NAMES: Record<string, string> = { escape: "esc" };
const SEQUENCE_MS = 1000;

/** Reads presses one by one; remembers the first key of a sequence for a second. */
export class Keymap {
  private readonly commands = new Map<string, string>();
  private readonly starts = new Set<string>();
  private begun = "";
  private begunAt = Number.NEGATIVE_INFINITY;

  constructor(
    table: Binding[],
    private readonly lettersOn: () => boolean,
  ) {
    for (const { keys, command } of table) {
      const [first = "", second] = keys.map((key) => key.toLowerCase());
      this.commands.set(keys.join(" ").toLowerCase(), command);
      if (second !== undefined && first !== "ctrl" && first !== "shift") this.starts.add(first);
    }
  }

  /** Return the command of a press, or null. Letters are off while typing, with modifiers, and when switched off. */
  read(press: Press, now: number): string | null {
    const key = NAMES[press.key.toLowerCase()] ?? press.key.toLowerCase();
    if (press.command) return press.alt ? null : this.find(`ctrl ${key}`);
    if (key.length > 1) return press.alt ? null : this.find(key);
    if (press.alt || press.typing || !this.lettersOn()) return null;
    return this.letter(key, press.shift === true, now);
  }

  private letter(key: string, shift: boolean, now: number): string | null {
    const begun = now - this.begunAt < SEQUENCE_MS ? this.begun : "";
    this.begun = "";
    if (begun) return this.find(`${begun} ${key}`);
    if (this.starts.has(key)) {
      this.begun = key;
      this.begunAt = now;
      return null;
    }
    return (shift ? this.find(`shift ${key}`) : null) ?? this.find(key);
  }

  private find(keys: string): string | null {
    return this.commands.get(keys) ?? null;
  }
}
