import { render } from "preact";
import { applyTheme, currentTheme } from "../shared/theme";
import { App } from "./app";

applyTheme(currentTheme());
render(<App />, document.getElementById("app") as HTMLElement);
