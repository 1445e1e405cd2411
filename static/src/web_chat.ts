/** The page in the frame of a website: a visitor talks with the team. */

import "./styles/web-chat.css";
import { ChatPage } from "./web_chat/page";

const main = document.getElementById("chat");
if (main) new ChatPage(main).start();
