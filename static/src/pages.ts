/** Every page: look, theme, menus, toasts, dialogs, requests. */

import "htmx.org";
import "./styles/all-pages.css";
import "./shell/commands";
import "./shell/counts";
import "./shell/dialogs";
import "./shell/menu";
import "./shell/palette";
import "./shell/passkeys";
import "./shell/requests";
import "./shell/settings";
import "./shell/theme";
import "./shell/popups";
import "./shell/title";
import "./shell/toasts";
import "./shell/zone";
import "./shell/keyboard";
