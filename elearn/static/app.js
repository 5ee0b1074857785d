// Everything works without this file; it adds the menu button, "Show" beside passwords, focus on errors, and the time
// zone that is recorded under a signature.
import { initAll } from "./vendor/govuk-frontend.min.js";

initAll();

const zone = document.querySelector('input[name="time_zone"]');
if (zone) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
