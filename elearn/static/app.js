// Everything works without this file; it adds the menu button, "Show" beside passwords and focus on errors.
import { initAll } from "./vendor/govuk-frontend.min.js";

initAll();
