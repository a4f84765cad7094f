import "../shared/theme.css";
import "../shared/hint.css";
import "../shared/certificate-meaning.css";
import "../shared/holds.css";
import "../shared/checks.css";
import "../shared/drop-area.css";
import "./styles/layout.css";
import "./styles/parts.css";
import "./styles/forms.css";
import "./styles/pages.css";
import { render } from "preact";
import { applyTheme, currentTheme } from "../shared/theme";
import { App } from "./app";

applyTheme(currentTheme());
render(<App />, document.getElementById("app") as HTMLElement);
