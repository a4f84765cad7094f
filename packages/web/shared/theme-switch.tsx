import { useState } from "preact/hooks";
import { chooseTheme, currentTheme } from "./theme";

/** Light or dark; what was chosen is kept in this browser. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(currentTheme);
  const other = theme === "dark" ? "light" : "dark";
  const change = () => {
    chooseTheme(other);
    setTheme(other);
  };
  return (
    <button type="button" onClick={change}>
      {other === "dark" ? "Dark" : "Light"}
      <span class="visually-hidden"> colours</span>
    </button>
  );
}
