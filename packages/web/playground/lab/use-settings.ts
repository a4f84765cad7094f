import { FEATURE_KINDS } from "expunge/options";
import { useState } from "preact/hooks";
import { numbersFrom, readAddress, useAddress } from "../address";
import type { LabSettings } from "../work/messages";
import { LAB_CHOICES } from "./lab-settings";
import { isSource, type Source } from "./sources";

/** Settings that begin as the address says, where it is of this kind of data, and are kept there with whatever else there is to keep. */
export function useSettings(
  source: Source,
  start: LabSettings,
  more: Readonly<Record<string, string>> = {},
): readonly [LabSettings, (settings: LabSettings) => void] {
  const [settings, setSettings] = useState<LabSettings>(() =>
    sourceOfAddress() === source
      ? { ...numbersFrom(start, LAB_CHOICES), ...featuresOfAddress(source) }
      : start,
  );
  useAddress({ data: source, ...settings, ...more });
  return [settings, setSettings];
}

/** Only places on a board can be mapped and still be drawn. */
function featuresOfAddress(source: Source): Pick<LabSettings, "features"> {
  const wanted = readAddress().query.get("features");
  const features = FEATURE_KINDS.find((kind) => kind === wanted);
  return source === "points" && features !== undefined ? { features } : {};
}

/** What the address asks for; points where it does not say. */
export function sourceOfAddress(): Source {
  const wanted = readAddress().query.get("data") ?? "";
  return isSource(wanted) ? wanted : "points";
}
