/** What a member is told while the inbox is open: a toast, a sound, a notification of the browser, as they chose. */

import type { Told } from "../core/frames";
import { postForm } from "../http";
import { say } from "../page";
import { toast } from "../shell/toasts";
import { openConversation } from "./navigation";
import { refetchCounts } from "./refetch";

const chosen = document.body.dataset;
const NOTES_HZ = [660, 880];
const NOTE_S = 0.12;
const LOUDNESS = 0.08;

export function takeTold(told: Told): void {
  if (openConversation() === told.conversation && !document.hidden) {
    void postForm(`/notifications/${told.id}/read/`, {}).catch(refetchCounts); // still unread, so it is counted
    return;
  }
  refetchCounts();
  const sentence = say(`told_${told.kind}`, { who: told.who, by: told.by });
  toast(sentence);
  if (chosen.sound === "on") chime();
  if (chosen.popups === "on") pop(told, sentence);
}

/** Two short tones; a browser that has seen no click yet stays silent. */
function chime(): void {
  const context = new AudioContext();
  const gain = new GainNode(context, { gain: LOUDNESS });
  gain.connect(context.destination);
  for (const [place, frequency] of NOTES_HZ.entries()) {
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(gain);
    tone.start(context.currentTime + place * NOTE_S);
    tone.stop(context.currentTime + (place + 1) * NOTE_S);
    if (place === NOTES_HZ.length - 1) tone.addEventListener("ended", () => void context.close());
  }
}

/** The tag makes several open tabs show it once. */
function pop(told: Told, sentence: string): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(sentence, { body: told.text, tag: told.id });
  shown.addEventListener("click", () => {
    window.focus();
    const message = told.message ? `&message=${told.message}` : "";
    location.assign(`/inbox/${told.conversation}/?view=all${message}`);
  });
}
