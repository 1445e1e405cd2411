/**
 * `<rd-composer>`: where replies and notes are written. The text is never inside a swapped region; it is kept in this
 * browser at once and on the server every two seconds.
 */

import type { Mode } from "../core/drafts";
import { all, find } from "../dom";
import { postForm } from "../http";
import { say } from "../page";
import { type Files, hasCaption } from "./files";
import { drafts, send } from "./replies";
import { typist } from "./viewers";

const SAVE_MS = 2000;
const TYPING_MS = 3000;

export class Composer extends HTMLElement {
  private timer = 0;
  private savedText = "";
  private savedMode: Mode = "reply";
  private typingToldAt = Number.NEGATIVE_INFINITY;

  connectedCallback(): void {
    const { text, mode } = drafts.choose(this.conversation, { text: this.field.value, mode: this.mode });
    [this.savedText, this.savedMode] = [this.field.value, this.mode];
    this.field.value = text;
    this.setMode(mode);
    this.field.addEventListener("input", this.onInput);
    find("form", this)?.addEventListener("submit", this.onSubmit);
    this.addEventListener("click", this.onClick);
    this.addEventListener("rd:refused", this.onRefused);
    this.addEventListener("rd:files", () => this.refresh());
    this.addEventListener("change", this.onPick);
    this.addEventListener("paste", this.onPaste);
    this.stage.addEventListener("dragover", this.onDrag);
    this.stage.addEventListener("drop", this.onDrop);
    document.addEventListener("rd:window", this.onWindow);
    window.addEventListener("pagehide", this.onLeave);
    this.timer = window.setInterval(() => void this.save(), SAVE_MS);
  }

  disconnectedCallback(): void {
    clearInterval(this.timer);
    document.removeEventListener("rd:window", this.onWindow);
    window.removeEventListener("pagehide", this.onLeave);
    void this.save(true);
  }

  get conversation(): string {
    return this.dataset.conversation ?? "";
  }

  get mode(): Mode {
    return this.dataset.mode === "note" ? "note" : "reply";
  }

  /** Change between reply and note; what is typed stays. */
  setMode(mode: Mode): void {
    this.dataset.mode = mode;
    for (const button of all("[data-mode-set]", this))
      button.setAttribute("aria-pressed", String(button.dataset.modeSet === mode));
    this.refresh();
  }

  /** Start writing. */
  write(mode: Mode): void {
    this.setMode(mode);
    this.field.focus();
  }

  /** Whether nothing is typed and something may be. */
  get isEmpty(): boolean {
    return this.field.value === "" && !this.isClosed;
  }

  /** Whether there is something that could be sent at another time; a note is written now. */
  get canWait(): boolean {
    const hasContent = this.field.value.trim() !== "" || !this.hasNoFiles;
    return this.mode === "reply" && !this.isClosed && hasContent && this.files?.isReady !== false;
  }

  /** Whether what is typed asks for a canned reply. */
  get isSlash(): boolean {
    return /^\/[^\n]{0,60}$/.test(this.field.value) && !this.isClosed;
  }

  /** Put a text in place of what is typed, the cursor behind it. */
  fill(text: string): void {
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
    this.onInput();
  }

  /** What is typed behind an `@` of a note at the cursor, or null. */
  get mention(): string | null {
    if (this.mode !== "note") return null;
    const before = this.field.value.slice(0, this.field.selectionStart);
    return /(?:^|[^\p{L}\p{N}_])@([^@\n]{0,60})$/u.exec(before)?.[1] ?? null;
  }

  /** Put a name in place of what is typed behind the `@`. */
  name(name: string): void {
    const typed = this.mention;
    if (typed === null) return;
    const end = this.field.selectionStart;
    this.field.focus();
    this.field.setRangeText(`${name} `, end - typed.length, end, "end");
    this.onInput();
  }

  /** Send what is typed; `later` says when, and whether an answer cancels it. */
  submit(later: Record<string, string> = {}): void {
    const text = this.field.value.trim();
    const waits = this.files?.isReady === false;
    if ((text === "" && this.hasNoFiles) || this.isClosed || waits) {
      this.field.focus();
      return;
    }
    const isNow = Object.keys(later).length === 0;
    const other = this.mode === "reply" && isNow ? typist(this.conversation) : null;
    if (other && !this.isAsking) this.ask(other);
    else this.dispatch(text, later);
  }

  private get field(): HTMLTextAreaElement {
    return find<HTMLTextAreaElement>("textarea", this) ?? document.createElement("textarea");
  }

  private get isClosed(): boolean {
    return this.dataset.window === "closed" && this.mode === "reply";
  }

  private get asking(): HTMLElement | null {
    return find("[data-ask]", this);
  }

  private get isAsking(): boolean {
    return this.asking?.hidden === false;
  }

  private get files(): Files | null {
    return find<Files>("rd-files", this);
  }

  private get hasNoFiles(): boolean {
    return this.mode === "note" || (this.files?.isEmpty ?? true);
  }

  /** Where files may be dropped: the whole conversation. */
  private get stage(): HTMLElement {
    return this.closest<HTMLElement>(".thread") ?? this;
  }

  /** One message per file; the text goes under the first one that can have it, else before them. */
  private dispatch(text: string, later: Record<string, string>): void {
    const files = this.hasNoFiles ? [] : (this.files?.take() ?? []);
    const captioned = files.find((file) => hasCaption(file.kind));
    if (text !== "" && !captioned) send(this.conversation, this.mode, text, { text, ...later });
    for (const file of files) {
      const caption = file === captioned ? text : "";
      const shown = [file.name, caption].filter((line) => line !== "").join("\n");
      send(this.conversation, this.mode, shown, { attachment: file.id, kind: file.kind, text: caption, ...later });
    }
    this.field.value = "";
    this.savedText = "";
    drafts.forget(this.conversation);
    this.showProblem("");
    this.stopAsking();
    this.refresh();
    this.field.focus();
  }

  private ask(name: string): void {
    const words = find("[data-ask] [data-text]", this);
    if (words) words.textContent = say("typing_now", { name });
    if (this.asking) this.asking.hidden = false;
    find("[data-ask-yes]", this)?.focus();
  }

  private stopAsking(): void {
    if (this.asking) this.asking.hidden = true;
  }

  private onInput = (): void => {
    drafts.put(this.conversation, this.field.value, this.mode, Date.now());
    this.refresh();
    const now = Date.now();
    if (this.mode !== "reply" || this.field.value === "" || now - this.typingToldAt < TYPING_MS) return;
    this.typingToldAt = now;
    this.dispatchEvent(new CustomEvent("rd:typing", { bubbles: true, detail: this.conversation }));
  };

  private onPick = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    if (!input.matches("[data-pick]") || !input.files) return;
    this.attach(input.files);
    input.value = "";
    this.field.focus();
  };

  private onPaste = (event: ClipboardEvent): void => {
    const files = event.clipboardData?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.attach(files);
  };

  private onDrag = (event: DragEvent): void => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };

  private onDrop = (event: DragEvent): void => {
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    event.preventDefault();
    this.attach(files);
  };

  private attach(files: FileList): void {
    if (this.isClosed) return;
    if (this.mode === "note") this.setMode("reply");
    this.files?.add(files);
  }

  private onSubmit = (event: Event): void => {
    event.preventDefault();
    this.submit();
  };

  private onClick = (event: Event): void => {
    const target = event.target as Element;
    const mode = target.closest<HTMLElement>("[data-mode-set]")?.dataset.modeSet;
    if (mode) this.write(mode as Mode);
    if (target.closest("[data-attach]")) find<HTMLInputElement>("[data-pick]", this)?.click();
    if (target.closest("[data-problem-close]")) this.showProblem("");
    if (target.closest("[data-ask-no]")) {
      this.stopAsking();
      this.field.focus();
    }
    if (target.closest("[data-ask-yes]")) this.submit();
  };

  private onRefused = (event: Event): void => {
    const { text, mode, why } = (event as CustomEvent<{ text: string; mode: Mode; why: string }>).detail;
    if (text) {
      this.setMode(mode);
      this.field.value = this.field.value ? `${text}\n${this.field.value}` : text;
      drafts.put(this.conversation, this.field.value, mode, Date.now());
    }
    this.refresh();
    this.showProblem(why);
  };

  private onWindow = (event: Event): void => {
    this.dataset.window = (event as CustomEvent<string>).detail;
    this.refresh();
  };

  private onLeave = (): void => void this.save(true);

  private showProblem(text: string): void {
    const box = find("[data-problem]", this);
    const words = box && find("[data-text]", box);
    if (!box || !words) return;
    words.textContent = text;
    box.hidden = text === "";
  }

  private refresh(): void {
    const isNote = this.mode === "note";
    this.toggleAttribute("data-text", this.field.value.trim() !== "");
    this.field.readOnly = this.isClosed;
    this.field.placeholder = say(isNote ? "write_note" : "write_reply");
    const button = find<HTMLButtonElement>("[data-send]", this);
    const word = find("[data-send-word]", this);
    const hint = find("[data-say]", this);
    if (word) word.textContent = say(isNote ? "add_note" : "send");
    if (hint) hint.textContent = this.isClosed && this.field.value ? say("kept") : isNote ? say("only_team") : "";
    button?.setAttribute("aria-disabled", String(this.isClosed || this.files?.isReady === false));
  }

  /** Colleagues see that there is a draft, not how it grows. */
  private tellColleagues(text: string, mode: Mode): void {
    const detail = { conversation_id: this.conversation, text, is_note: mode === "note" };
    document.dispatchEvent(new CustomEvent("rd:draft", { detail }));
  }

  /** Keep the text on the server when it changed since. The last save of a page outlives it. */
  private async save(leaving = false): Promise<void> {
    const [text, mode] = [this.field.value, this.mode];
    if (text === this.savedText && (mode === this.savedMode || text === "")) return;
    const before = this.savedText;
    [this.savedText, this.savedMode] = [text, mode];
    if ((text.trim() === "") !== (before.trim() === "")) this.tellColleagues(text, mode);
    const fields = { text, is_note: mode === "note" ? "1" : "" };
    try {
      await postForm(`/inbox/${this.conversation}/draft/`, fields, leaving);
      drafts.markSaved(this.conversation, text);
    } catch {
      this.savedText = before; // the browser has it; the next round tries again
    }
  }
}

customElements.define("rd-composer", Composer);

export function composer(): Composer | null {
  return find<Composer>("rd-composer");
}
