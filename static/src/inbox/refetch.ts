/** Fetching again what changed, bundled: rows, messages, the thread's head, the contact pane, everything after a gap. */

import { Bundle, Pace } from "../core/pace";
import { elements, morphById } from "../dom";
import { getPartial } from "../http";
import { fetchCounts } from "../shell/counts";
import { announce } from "./announcer";
import { tickAll } from "./clocks";
import { list, listQuery, openConversation } from "./navigation";
import { openThread } from "./thread";
import { showPresence } from "./viewers";

export const pace = new Pace();

const interval = () => pace.intervalMs;
const slower = () => pace.intervalMs * 8;

const rows = new Bundle(fetchRows, interval);
const messages = new Bundle(fetchMessages, interval);
const head = new Bundle(fetchHead, interval);
const contact = new Bundle(fetchContact, slower);
const counts = new Bundle(fetchCounts, () => pace.intervalMs * 4);
const bundles = [rows, messages, head, contact, counts];

export function refetchRow(conversation: string): void {
  rows.add(conversation);
}

export function refetchMessage(conversation: string, message: string): void {
  if (conversation === openConversation()) messages.add(`${conversation}/${message}`);
}

/** The head, window, hand-off and contact pane of a conversation, when it is the open one. */
export function refetchStrip(conversation: string): void {
  if (conversation !== openConversation()) return;
  head.add(conversation);
  contact.add(conversation);
}

export function refetchCounts(): void {
  counts.add("all");
}

/** After something was missed that nobody can name: the whole list and the open thread. */
export async function refetchAll(): Promise<void> {
  const conversation = openConversation();
  refetchCounts();
  rows.add(...(list()?.rows.map((row) => row.dataset.id ?? "") ?? []));
  list()?.take(rowsOf(await getPartial(`/inbox/list/?${listQuery()}`)), []);
  if (!conversation) return;
  refetchStrip(conversation);
  const html = await getPartial(`/inbox/${conversation}/thread/`);
  if (conversation === openConversation()) openThread()?.takePage(html);
}

/** Fetch what could not be fetched while there was no connection. */
export function retryAll(): void {
  for (const bundle of bundles) bundle.retry();
}

async function fetchRows(ids: string[]): Promise<void> {
  const query = listQuery();
  const html = await getPartial(`/inbox/rows/?${query}&ids=${ids.join(",")}`);
  if (query === listQuery()) list()?.take(rowsOf(html), ids);
}

function rowsOf(html: string): HTMLElement[] {
  return elements(html).filter((element) => element.dataset.id);
}

async function fetchMessages(keys: string[]): Promise<void> {
  const conversation = openConversation();
  const ids = keys.filter((key) => key.startsWith(`${conversation}/`)).map((key) => key.split("/")[1] ?? "");
  if (!conversation || ids.length === 0) return;
  const html = await getPartial(`/inbox/${conversation}/messages/?ids=${ids.join(",")}`);
  const thread = openThread();
  if (thread?.conversation !== conversation) return;
  const came = thread.take(elements(html));
  if (came > 0) {
    announce(came);
    document.dispatchEvent(new CustomEvent("rd:came", { detail: conversation }));
  }
}

async function fetchHead(ids: string[]): Promise<void> {
  const conversation = openConversation();
  if (!conversation || !ids.includes(conversation)) return;
  const html = await getPartial(`/inbox/${conversation}/head/`);
  if (conversation !== openConversation()) return;
  morphById(html);
  tickAll();
  showPresence();
}

async function fetchContact(ids: string[]): Promise<void> {
  const conversation = openConversation();
  if (!conversation || !ids.includes(conversation)) return;
  const html = await getPartial(`/inbox/${conversation}/contact/`);
  if (conversation === openConversation()) morphById(html);
}
