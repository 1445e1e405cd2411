// @kapso/whatsapp-cloud-api against the emulator: only the base URL is not the vendor's.
import { readFileSync } from "node:fs";
import { GraphApiError, WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { verifySignature } from "@kapso/whatsapp-cloud-api/server";

const given = JSON.parse(readFileSync(0, "utf8"));
const client = new WhatsAppClient({ baseUrl: given.url, accessToken: "EAAtoken" });
const about = { phoneNumberId: given.number, to: given.to };
const account = { businessAccountId: given.waba };
const { messages, media, templates, phoneNumbers } = client;
const sent = {};
const keep = async (name, answer) => {
    sent[name] = (await answer).messages[0].id;
};

const file = Buffer.from(given.file, "base64");
const uploaded = await media.upload({
    phoneNumberId: given.number,
    type: "image/jpeg",
    file: new Blob([file], { type: "image/jpeg" }),
    fileName: "letter.jpg",
});
const shown = await media.get({ mediaId: uploaded.id, phoneNumberId: given.number });
const down = Buffer.from(await media.download({ mediaId: uploaded.id, auth: "always" }));

await keep("text", messages.sendText({ ...about, body: "Hello", bizOpaqueCallbackData: "tag-k" }));
await keep("reply", messages.sendText({ ...about, body: "Again", contextMessageId: sent.text }));
await keep("image", messages.sendImage({ ...about, image: { id: uploaded.id, caption: "A letter" } }));
await keep("location", messages.sendLocation({ ...about, location: { latitude: 40.7, longitude: -74, name: "Office" } }));
await keep("reaction", messages.sendReaction({ ...about, reaction: { messageId: sent.text, emoji: "👍" } }));
await keep(
    "contacts",
    messages.sendContacts({
        ...about,
        contacts: [{ name: { formattedName: "Ana Arroyave", firstName: "Ana" }, phones: [{ phone: "+12125550143" }] }],
    }),
);
await keep(
    "buttons",
    messages.sendInteractiveButtons({
        ...about,
        bodyText: "Does it fit?",
        buttons: [
            { id: "yes", title: "Yes" },
            { id: "no", title: "No" },
        ],
    }),
);
await keep(
    "list",
    messages.sendInteractiveList({
        ...about,
        bodyText: "When?",
        buttonText: "Choose",
        sections: [{ title: "Days", rows: [{ id: "mo", title: "Monday", description: "9 to 5" }] }],
    }),
);
await keep(
    "link",
    messages.sendInteractiveCtaUrl({
        ...about,
        bodyText: "Read it",
        parameters: { displayText: "Open", url: "https://northside.example.com/" },
    }),
);
await keep(
    "template",
    messages.sendTemplate({
        ...about,
        template: {
            name: "case_update",
            language: { code: "en_US" },
            components: [{ type: "body", parameters: [{ type: "text", text: "Ana" }] }],
        },
    }),
);
const read = await messages.markRead({ phoneNumberId: given.number, messageId: sent.text });

const created = await templates.create({
    ...account,
    name: "kapso_news",
    language: "en_US",
    category: "UTILITY",
    components: [{ type: "BODY", text: "There is news." }],
});
const listed = await templates.list({ ...account, limit: 100 });
const removed = await templates.delete({ ...account, name: "kapso_news" });
await phoneNumbers.businessProfile.update({ phoneNumberId: given.number, about: "Open 9 to 5" });
const profile = await phoneNumbers.businessProfile.get({ phoneNumberId: given.number });

const refusal = await messages.sendText({ ...about, body: "#error-131056" }).catch((error) => error);
const { raw, signature } = given.webhook;
const verify = (rawBody) => verifySignature({ appSecret: given.secret, rawBody, signatureHeader: signature });

process.stdout.write(
    JSON.stringify({
        sent,
        uploaded: uploaded.id,
        mimeType: shown.mimeType,
        same: down.equals(file),
        deleted: (await media.delete({ mediaId: uploaded.id })).success,
        read: read.success,
        created: created.status,
        listed: listed.data.map((item) => item.name),
        removed: removed.success,
        about: profile.data[0].about,
        refusal: { ours: refusal instanceof GraphApiError, code: refusal.code, status: refusal.httpStatus },
        verified: [verify(raw), verify(`${raw} `)],
    }),
);
