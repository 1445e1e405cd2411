/** `<rd-files>`: files on their way into a reply, each with its progress; picked, dropped or pasted into the composer. */

import { all, find, stamp } from "../dom";
import { csrfToken } from "../http";
import { say } from "../page";

/** What the server made of an upload. */
export interface Uploaded {
  id: string;
  kind: string;
  name: string;
}

interface Answer {
  data?: { id: string; kind: string; filename: string; thumbnail_url: string | null };
  error?: { message: string; details: Record<string, string[]> };
}

const WITH_CAPTION = new Set(["image", "video", "document"]);
const MOST = 10;

export class Files extends HTMLElement {
  private readonly uploads = new Map<HTMLElement, { request: XMLHttpRequest; done: Uploaded | null }>();

  connectedCallback(): void {
    this.addEventListener("click", this.onClick);
  }

  disconnectedCallback(): void {
    for (const { request } of this.uploads.values()) request.abort();
  }

  /** Nothing is waiting to be sent with the reply. */
  get isEmpty(): boolean {
    return this.uploads.size === 0;
  }

  /** Every file is with the server and was taken. */
  get isReady(): boolean {
    return [...this.uploads.values()].every(({ done }) => done !== null);
  }

  /** Begin to upload files; what is beyond ten of them is left out. */
  add(files: Iterable<File>): void {
    for (const file of [...files].slice(0, MOST - this.uploads.size)) this.begin(file);
    this.changed();
  }

  /** Hand the uploads over, in their order, and forget them. */
  take(): Uploaded[] {
    const taken = [...this.uploads.values()].map(({ done }) => done).filter((done) => done !== null);
    this.uploads.clear();
    this.replaceChildren();
    this.changed();
    return taken;
  }

  private begin(file: File): void {
    const chip = stamp("tpl-upload");
    const name = find("[data-name]", chip);
    if (name) name.textContent = file.name;
    const request = new XMLHttpRequest();
    this.uploads.set(chip, { request, done: null });
    this.append(chip);
    request.upload.addEventListener("progress", (event) => show(chip, event.loaded / Math.max(event.total, 1)));
    request.addEventListener("load", () => this.settle(chip, request));
    request.addEventListener("error", () => this.fail(chip, say("no_connection")));
    request.open("POST", "/api/v1/attachments/");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  }

  private settle(chip: HTMLElement, request: XMLHttpRequest): void {
    const answer = parsed(request.responseText);
    const data = answer.data;
    if (request.status >= 400 || !data) {
      const [first] = Object.values(answer.error?.details ?? {});
      this.fail(chip, answer.error?.message || first?.[0] || say("failed"));
      return;
    }
    const upload = this.uploads.get(chip);
    if (upload) upload.done = { id: data.id, kind: data.kind, name: data.filename };
    show(chip, 1);
    if (data.thumbnail_url) picture(chip, data.thumbnail_url);
    this.changed();
  }

  /** A file that was not taken stays to be seen, and is not sent. */
  private fail(chip: HTMLElement, why: string): void {
    this.uploads.delete(chip);
    chip.classList.add("is-failed");
    const words = find("[data-state]", chip);
    if (words) words.textContent = why;
    find("progress", chip)?.remove();
    this.changed();
  }

  private onClick = (event: Event): void => {
    const chip = (event.target as Element).closest("[data-remove]")?.closest<HTMLElement>(".upl");
    if (!chip) return;
    this.uploads.get(chip)?.request.abort();
    this.uploads.delete(chip);
    chip.remove();
    this.changed();
  };

  private changed(): void {
    this.hidden = all(".upl", this).length === 0;
    this.dispatchEvent(new CustomEvent("rd:files", { bubbles: true }));
  }
}

/** Whether a text may stand under a file of this kind. */
export function hasCaption(kind: string): boolean {
  return WITH_CAPTION.has(kind);
}

function show(chip: HTMLElement, share: number): void {
  const bar = find<HTMLElement>("progress", chip) as HTMLProgressElement | null;
  if (bar) bar.value = share;
  chip.classList.toggle("is-done", share >= 1);
}

function picture(chip: HTMLElement, url: string): void {
  const image = document.createElement("img");
  image.src = url;
  image.alt = "";
  find("[data-icon]", chip)?.replaceChildren(image);
}

function parsed(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return {};
  }
}

customElements.define("rd-files", Files);
