import { options, render } from "preact";
import { applyTheme, currentTheme } from "../shared/theme";
import { App } from "./app";

// However often a slider moves between two frames, the page is drawn once.
options.debounceRendering = requestAnimationFrame;
applyTheme(currentTheme());
const place = document.getElementById("app") as HTMLElement;
// What stands there for pages whose script never came.
place.replaceChildren();
render(<App />, place);
