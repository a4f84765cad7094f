import { saveFile, svgText } from "../../shared/save-file";

/** Saves the picture of the figure or section that it stands in. @param title what the picture is of, in a few words: the file is called by it */
export function SaveSvg({ title }: { readonly title: string }) {
  const save = ({ currentTarget }: { readonly currentTarget: HTMLElement }): void => {
    const picture = currentTarget.closest("figure, section")?.querySelector<SVGElement>(".figure svg");
    if (!picture) return;
    saveFile(`${title.toLowerCase().replaceAll(" ", "-")}.svg`, svgText(picture), "image/svg+xml");
  };
  return (
    <button type="button" class="quiet small" onClick={save}>
      Save SVG<span class="visually-hidden"> of {title}</span>
    </button>
  );
}
