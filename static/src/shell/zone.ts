/** Choose the browser's own time zone in a form that has none chosen by a person yet. */

const select = document.querySelector<HTMLSelectElement>("select[data-guess-zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (select && own && [...select.options].some((option) => option.value === own)) select.value = own;
