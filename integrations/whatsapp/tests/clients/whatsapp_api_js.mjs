// whatsapp-api-js against the emulator: it knows the vendor's host only, so its fetch puts another in that place.
import { readFileSync } from "node:fs";
import { WhatsAppAPI } from "whatsapp-api-js";
import {
    ActionButtons,
    ActionCTA,
    ActionList,
    Body,
    BodyComponent,
    BodyParameter,
    Button,
    Contacts,
    Document,
    Interactive,
    Language,
    ListSection,
    Location,
    Name,
    Phone,
    Reaction,
    Row,
    Template,
    Text,
} from "whatsapp-api-js/messages";

const given = JSON.parse(readFileSync(0, "utf8"));
const client = new WhatsAppAPI({
    token: "EAAtoken",
    appSecret: given.secret,
    webhookVerifyToken: "word",
    v: "v26.0",
    ponyfill: { fetch: (url, options) => fetch(String(url).replace("https://graph.facebook.com", given.url), options) },
});
const sent = {};
const send = async (name, message, context, tag) => {
    const answer = await client.sendMessage(given.number, { phone: given.to }, message, context, tag);
    if (!answer.messages) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    sent[name] = answer.messages[0].id;
};

const file = Buffer.from(given.file, "base64");
const form = new FormData();
form.set("messaging_product", "whatsapp");
form.set("type", "application/pdf");
form.set("file", new Blob([file], { type: "application/pdf" }), "receipt.pdf");
const uploaded = await client.uploadMedia(given.number, form);
const shown = await client.retrieveMedia(uploaded.id, given.number);
const down = Buffer.from(await (await client.fetchMedia(shown.url)).arrayBuffer());

await send("text", new Text("Hello"), undefined, "tag-w");
await send("reply", new Text("Again"), sent.text);
await send("document", new Document(uploaded.id, true, "The receipt", "receipt.pdf"));
await send("location", new Location(-74, 40.7, "Office"));
await send("reaction", new Reaction(sent.text, "👍"));
// This version wraps the cards in an object, where the vendor documents a list.
const cards = new Contacts([new Name("Ana Arroyave", "Ana"), new Phone("+12125550143")]);
const wrapped = await client.sendMessage(given.number, { phone: given.to }, cards);
await send("buttons", new Interactive(new ActionButtons(new Button("yes", "Yes")), new Body("Does it fit?")));
await send(
    "list",
    new Interactive(new ActionList("Choose", new ListSection("Days", new Row("mo", "Monday", "9 to 5"))), new Body("When?")),
);
await send("link", new Interactive(new ActionCTA("Open", "https://northside.example.com/"), new Body("Read it")));
await send(
    "template",
    new Template("case_update", new Language("en_US"), new BodyComponent(new BodyParameter("Ana"))),
);
const read = await client.markAsRead(given.number, sent.text, "text");
const refusal = await client.sendMessage(given.number, { phone: given.to }, new Text("#error-131056"));

const statuses = [];
const written = [];
client.on.status = ({ id, status }) => statuses.push([id, status]);
client.on.message = ({ message, name }) => written.push([message.type, name]);
const { raw, signature } = given.webhook;
await client.post(JSON.parse(raw), raw, signature);
await client.post(JSON.parse(given.received.raw), given.received.raw, given.received.signature);
const forged = await client.post(JSON.parse(raw), raw, signature.replace(/.$/, (last) => (last === "0" ? "1" : "0"))).then(
    () => "taken",
    (error) => error.constructor.name,
);

process.stdout.write(
    JSON.stringify({
        sent,
        uploaded: uploaded.id,
        mimeType: shown.mime_type,
        same: down.equals(file),
        deleted: (await client.deleteMedia(uploaded.id, given.number)).success,
        read: read.success,
        refusal: refusal.error.code,
        wrapped: wrapped.error.code,
        statuses,
        written,
        verified: [await client.verifyRequestSignature(raw, signature), await client.verifyRequestSignature(`${raw} `, signature)],
        forged,
        challenge: client.get({ "hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "42" }),
    }),
);
