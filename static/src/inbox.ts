/** The inbox. */

import "./pages";
import "./styles/inbox-page.css";
import "./inbox/bulk";
import "./inbox/clocks";
import "./inbox/composer";
import "./inbox/files";
import "./inbox/list";
import "./inbox/mentions";
import "./inbox/search";
import "./inbox/slash";
import "./inbox/tags";
import "./inbox/templates";
import "./inbox/thread";
import "./inbox/viewers";
import { startActions } from "./inbox/actions";
import { tickAll } from "./inbox/clocks";
import { startLive } from "./inbox/live";
import { drafts, flush } from "./inbox/replies";
import { startSeen } from "./inbox/seen";
import { showPresence } from "./inbox/viewers";

tickAll();
showPresence();
drafts.sweep(Date.now());
startActions();
startSeen();
startLive();
flush();
