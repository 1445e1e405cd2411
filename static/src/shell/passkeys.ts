/** Passkeys: `data-passkey="enter"` signs in or proves again, `data-passkey="add"` makes one. The server decides all. */

import { HttpError, postForm } from "../http";
import { say } from "../page";

type Kind = "enter" | "add";
interface Described {
  id: string;
}
interface Options {
  challenge: string;
  user?: { id: string };
  allowCredentials?: Described[];
  excludeCredentials?: Described[];
}

const PATHS: Record<Kind, { options: string; answer: string }> = {
  enter: { options: "/passkeys/options/", answer: "/passkeys/enter/" },
  add: { options: "/passkeys/new/options/", answer: "/passkeys/new/" },
};

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function readable(options: Options): CredentialRequestOptions & CredentialCreationOptions {
  const decoded = (list?: Described[]) => list?.map((one) => ({ ...one, type: "public-key", id: bytes(one.id) }));
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: options.user && { ...options.user, id: bytes(options.user.id) },
    allowCredentials: decoded(options.allowCredentials),
    excludeCredentials: decoded(options.excludeCredentials),
  };
  return { publicKey } as unknown as CredentialRequestOptions & CredentialCreationOptions;
}

function written(credential: PublicKeyCredential): string {
  const parts = credential.response as unknown as Record<string, ArrayBuffer | null>;
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const response = Object.fromEntries(
    names.flatMap((name) => (parts[name] ? [[name, text(parts[name])] as const] : [])),
  );
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function use(kind: Kind): Promise<void> {
  const options = readable(JSON.parse(await postForm(PATHS[kind].options, {})) as Options);
  const credential =
    kind === "add" ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
  if (!credential) return;
  const next = document.querySelector<HTMLInputElement>("input[name=next]")?.value ?? "";
  const answer = written(credential as PublicKeyCredential);
  const reply = JSON.parse(await postForm(PATHS[kind].answer, { answer, next })) as { next: string };
  location.assign(reply.next);
}

function tell(problem: unknown): void {
  const place = document.querySelector<HTMLElement>("[data-passkey-problem]");
  if (!place) return;
  const sentence = problem instanceof HttpError ? problem.sentence : "";
  place.textContent = sentence || say("no_passkey");
  place.hidden = false;
}

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-passkey]")) {
  if (!window.PublicKeyCredential) button.disabled = true;
  button.addEventListener("click", () => {
    button.setAttribute("aria-busy", "true");
    use(button.dataset.passkey as Kind)
      .catch(tell)
      .finally(() => button.removeAttribute("aria-busy"));
  });
}
