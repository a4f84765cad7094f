import { useState } from "preact/hooks";
import { DigitLab } from "./digit-lab";
import { FileLab } from "./file-lab";
import { PointLab } from "./point-lab";
import { SOURCES, type Source } from "./sources";
import { sourceOfAddress } from "./use-settings";

/** Train, forget, compare, attack: on three kinds of data. */
export function TryPage() {
  const [source, setSource] = useState<Source>(sourceOfAddress);
  return (
    <>
      <header class="page-head">
        <h1 tabIndex={-1}>A model that can forget</h1>
        <p class="lead">
          Choose a point, a digit or a row: the model forgets it in a few steps, instead of training again,
          and signs a certificate that anybody can check. It holds for requests that do not depend on what the
          model showed, so not for your own choice here. It all happens in your browser.
        </p>
      </header>
      <fieldset class="sources">
        <legend class="visually-hidden">Data</legend>
        {(Object.entries(SOURCES) as [Source, string][]).map(([name, words]) => (
          <label key={name}>
            <input type="radio" name="source" checked={source === name} onChange={() => setSource(name)} />
            {words}
          </label>
        ))}
      </fieldset>
      {source === "points" && <PointLab />}
      {source === "digits" && <DigitLab />}
      {source === "file" && <FileLab />}
    </>
  );
}
