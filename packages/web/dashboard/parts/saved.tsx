import { compactText, percentText } from "../format";
import type { ModelFigures } from "../model-figures";
import { Stat } from "./figures";

/** Work against training again, of the releases that were read. */
export function SavedStat({
  figures: { saved, gradients, retrainGradients },
  isWhole,
}: {
  readonly figures: ModelFigures;
  /** Whether these are all releases that there are. */
  readonly isWhole: boolean;
}) {
  const work = `${compactText(gradients)} gradients in place of ${compactText(retrainGradients)}`;
  const note = isWhole ? work : `${work}, newest releases only`;
  return (
    <Stat name="Work saved" term="saved" note={saved === null ? "no request yet" : note}>
      {saved === null ? "–" : percentText(saved)}
    </Stat>
  );
}
