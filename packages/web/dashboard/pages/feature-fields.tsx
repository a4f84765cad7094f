import { Field, NumberField, SelectField } from "../parts/field";
import { choicesFor, type Draft, isMapped } from "./model-draft";

/** The map between a row and what the model is linear in. */
export function FeatureFields({
  draft,
  setter,
}: {
  readonly draft: Draft;
  readonly setter: (key: keyof Draft) => (value: string) => void;
}) {
  return (
    <>
      <SelectField
        label="Features"
        value={draft.features}
        choices={choicesFor("features")}
        onChange={setter("features")}
        help="A fixed map of every row, so that the model need not be linear in its columns."
      />
      {isMapped(draft) && (
        <NumberField
          label="Waves or gates"
          value={draft.featureCount}
          onChange={setter("featureCount")}
          help="At most 4,096. More of them take more room and time for every row."
        />
      )}
      {draft.features === "fourier" && (
        <NumberField
          label="Bandwidth"
          value={draft.featureBandwidth}
          onChange={setter("featureBandwidth")}
          help={
            draft.featureBandwidth.trim() === ""
              ? "The distance between rows over which the waves vary. Empty: half the median distance, which is read off some of the rows; every certificate then says under “not covered” that it was."
              : "The distance between rows over which the waves vary. As you give it, nothing is read off the rows for it: do not choose it by looking at them."
          }
        />
      )}
      {isMapped(draft) && (
        <Field
          label="Seed of the map"
          help="A public text from which the map is drawn; it is in certificates. Empty: “expunge”."
        >
          {(wiring) => (
            <input
              {...wiring}
              autocomplete="off"
              value={draft.featureSeed}
              onInput={(event) => setter("featureSeed")(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
    </>
  );
}
