import { options, render } from "preact";
import { applyTheme, currentTheme } from "../shared/theme";
import { App } from "./app";

// However often a slider moves between two frames, the page is drawn once.
options.debounceRendering = requestAnimationFrame;
applyTheme(currentTheme());
render(<App />, document.getElementById("app") as HTMLElement);
