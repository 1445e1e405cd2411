/** Selecting rows and doing one thing to all of them; the bar shows with the first one. */

import { all, find } from "../dom";
import { getJson, HttpError, postForm } from "../http";
import { say } from "../page";
import { on } from "../shell/commands";
import { toast } from "../shell/toasts";
import { list, listQuery, openConversation } from "./navigation";
import { refetchCounts, refetchRow, refetchStrip } from "./refetch";

interface Outcome {
  changed: string[];
  failed: { id: string; why: string }[];
  undo: string;
}

const selected = new Set<string>();
let last: string | null = null;

function bar(): HTMLElement | null {
  return find("rd-bulk");
}

function show(): void {
  const place = bar();
  if (!place) return;
  place.hidden = selected.size === 0;
  const words = find("[data-selected]", place);
  if (words) words.textContent = say("selected", { n: selected.size });
  find("#list")?.classList.toggle("is-selecting", selected.size > 0);
  for (const box of all<HTMLInputElement>("[data-select]")) box.checked = selected.has(idOf(box));
}

function idOf(element: Element): string {
  return element.closest<HTMLElement>("#rows > [data-id]")?.dataset.id ?? "";
}

function toggle(id: string): void {
  if (!selected.delete(id)) selected.add(id);
  last = id;
  show();
}

/** Select everything between the row that was selected last and this one. */
function range(id: string): void {
  const ids = list()?.rows.map((row) => row.dataset.id ?? "") ?? [];
  const [from, to] = [ids.indexOf(last ?? id), ids.indexOf(id)].sort((a, b) => a - b);
  if (from === undefined || to === undefined || from < 0) return;
  for (const one of ids.slice(from, to + 1)) selected.add(one);
  last = id;
  show();
}

function clear(): void {
  selected.clear();
  last = null;
  show();
}

/** The row that has the focus, else the one that would get it. */
function current(): string {
  const row = document.activeElement?.closest("#rows > [data-id]") ?? find('.conv[tabindex="0"]');
  return row ? idOf(row) : "";
}

async function allOfView(): Promise<void> {
  try {
    const { ids } = await getJson<{ ids: string[] }>(`/inbox/ids/?${listQuery()}`);
    for (const id of ids) selected.add(id);
    show();
  } catch {
    toast(say("failed"));
  }
}

async function apply(
  operation: string,
  ids: string[],
  more: Record<string, string>,
  offersUndo: boolean,
): Promise<void> {
  try {
    const text = await postForm("/inbox/bulk/", { operation, ids: ids.join(","), ...more });
    tell(operation, more, JSON.parse(text) as Outcome, ids, offersUndo);
  } catch (problem) {
    toast((problem instanceof HttpError && problem.sentence) || say("failed"));
  }
}

/** Say what came of it; what could not be done stays selected. Undo goes with the same words as what it takes back. */
function tell(
  operation: string,
  more: Record<string, string>,
  outcome: Outcome,
  ids: string[],
  offersUndo: boolean,
): void {
  const { changed, failed, undo } = outcome;
  const takeBack = undo && offersUndo && changed.length > 0;
  toast(
    say(`bulk_${operation}`, { n: changed.length }),
    takeBack ? () => void apply(undo, changed, more, false) : undefined,
  );
  const [first] = failed;
  if (first) toast(`${say("bulk_failed", { n: failed.length })} ${first.why}`);
  selected.clear();
  for (const { id } of failed) selected.add(id);
  show();
  for (const id of ids) refetchRow(id);
  refetchCounts();
  const conversation = openConversation();
  if (conversation && ids.includes(conversation)) refetchStrip(conversation);
}

on("select", () => {
  const id = current();
  if (id && bar()) toggle(id);
});
on("select-range", () => {
  const id = current();
  if (id && bar()) range(id);
});
on("new-conversation", () => find("[data-new-conversation]")?.click());
on("unread", () => {
  const conversation = openConversation();
  if (conversation && bar()) void apply("unread", [conversation], {}, true);
});

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  const box = target.closest("[data-select]");
  if (box && event instanceof MouseEvent && event.shiftKey) range(idOf(box));
  else if (box) toggle(idOf(box));
  const button = target.closest<HTMLElement>("[data-bulk]");
  if (button?.dataset.bulk) {
    const { bulk, member, tag } = button.dataset;
    const more = { ...(member === undefined ? {} : { member }), ...(tag === undefined ? {} : { tag }) };
    void apply(bulk, [...selected], more, true);
  }
  if (target.closest("[data-bulk-all]")) void allOfView();
  if (target.closest("[data-bulk-none]")) clear();
});

/** A dialog asks for what the operation needs more; the button that sent it may be part of the answer. */
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const operation = form.dataset.bulkForm;
  if (!operation) return;
  event.preventDefault();
  const more: Record<string, string> = {};
  for (const [name, value] of new FormData(form, event.submitter)) more[name] = String(value);
  form.closest("dialog")?.close();
  void apply(operation, [...selected], more, true);
});

document.addEventListener("htmx:afterSettle", (event) => {
  if ((event.target as Element).id === "panes") clear();
  else show();
});
document.addEventListener("rd:rows", show);
